/** Credentials, and a fake IAM with the decisions of the test. */

export const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
export const NOW = Date.parse('2015-08-30T12:36:00Z');

/** @param decide the decision of IAM about an action on a resource */
export function iam(decide: (action: string, resource: string) => string) {
  const requests: { readonly role: string; readonly action: string; readonly resource: string }[] = [];
  const send = async (_: unknown, init?: RequestInit) => {
    const form = new URLSearchParams(String(init?.body));
    const [role, resource] = ['PolicySourceArn', 'ResourceArns.member.1'].map((name) => form.get(name) ?? '');
    const actions = [...form].filter(([name]) => name.startsWith('ActionNames.')).map(([, value]) => value);
    const members = actions.map((action, index) => {
      requests.push({ role: role ?? '', action, resource: resource ?? '' });
      const decision = `<EvalDecision>${decide(action, resource ?? '')}</EvalDecision>`;
      const name = `<EvalActionName>${action}</EvalActionName>`;
      // IAM does not promise an order of these elements.
      return `<member>${index % 2 === 0 ? decision + name : name + decision}<EvalDecisionDetails/></member>`;
    });
    return new Response(`<R><EvaluationResults>${members.join('')}</EvaluationResults></R>`);
  };
  return { requests, send: send as typeof fetch };
}
