/** The console: reads /_local/api every two seconds and shows it. Everything is set as text, never as HTML. */

const REFRESH_MS = 2_000;
const GOOD = ['paid'];
const BAD = ['reversed', 'failed', 'denied', 'disputed', 'voided', 'canceled', 'expired', 'refunded'];

const one = (selector) => document.querySelector(selector);
let selected = decodeURIComponent(location.hash.slice(1));

async function read(path) {
  const response = await fetch(`/_local/api/${path}`);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

/** An element with text or children. */
function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const cell = (content, kind = '') => make('td', { class: kind }, content ?? '');
const row = (...cells) => make('tr', {}, ...cells);
const money = (amounts) => amounts.map(({ amount, currency }) => `${amount} ${currency}`).join(', ');
const clock = (time) => new Date(time).toLocaleTimeString();

function badge(status) {
  const kind = GOOD.includes(status) ? 'good' : BAD.includes(status) ? 'bad' : 'wait';
  return make('span', { class: `status ${kind}` }, status.replaceAll('_', ' '));
}

function goods({ grant, holds }) {
  if (holds.length > 0) {
    return make('span', { class: 'wait' }, `held: ${holds.map(({ reason }) => reason).join(', ')}`);
  }
  return grant.state === 'none' ? '–' : grant.state;
}

function opener(key) {
  const button = make('button', { class: 'open', type: 'button' }, key);
  button.addEventListener('click', () => {
    location.hash = encodeURIComponent(key);
  });
  return button;
}

function showPayments(payments) {
  one('#no-payments').hidden = payments.length > 0;
  one('#payments').hidden = payments.length === 0;
  one('#payments tbody').replaceChildren(
    ...payments.map((payment) =>
      row(
        cell(opener(payment.key), 'key'),
        cell(badge(payment.status)),
        cell(money(payment.moved) || '–'),
        cell(goods(payment)),
        cell(payment.orderReference ?? '–'),
        cell(clock(payment.updatedAt), 'faint'),
      ),
    ),
  );
}

function momentText({ what, name, detail }) {
  if (what === 'notification') return `notification ${name}`;
  if (what === 'received')
    return `shop received ${name}${detail.copies > 1 ? ` (${detail.copies} copies)` : ''}`;
  return `${name}: ${detail.state}`;
}

function showPayment(payment) {
  const section = one('#payment');
  section.hidden = payment === undefined;
  if (payment === undefined) return;
  section.querySelector('h2').textContent = payment.key;
  section.querySelector('.facts').replaceChildren(badge(payment.status), ' ', goods(payment));
  section
    .querySelector('.timeline')
    .replaceChildren(
      ...payment.timeline.map((moment) =>
        make('li', { class: moment.what }, make('time', {}, clock(moment.at)), momentText(moment)),
      ),
    );
  section
    .querySelector('.entries tbody')
    .replaceChildren(
      ...Object.entries(payment.facts).map(([key, { codes, amounts }]) =>
        row(cell(key, 'key'), cell([...codes, ...amounts].join(', '))),
      ),
    );
}

function showFulfilments(fulfilments) {
  one('#fulfilments tbody').replaceChildren(
    ...fulfilments
      .toReversed()
      .map(({ type, payment, orderReference, copies, receivedAt }) =>
        row(
          cell(type),
          cell(opener(payment), 'key'),
          cell(orderReference ?? '–'),
          cell(String(copies)),
          cell(clock(receivedAt), 'faint'),
        ),
      ),
  );
}

function showQueues(queues) {
  one('#queues tbody').replaceChildren(
    ...Object.entries(queues)
      .filter(([, { dlq }]) => dlq !== undefined)
      .map(([name, { visible, inFlight, delayed, dlq }]) => {
        const dead = dlq.visible + dlq.inFlight;
        const counts = [visible, inFlight, delayed].map((count) => cell(String(count)));
        return row(cell(name), ...counts, cell(String(dead), dead > 0 ? 'bad' : ''));
      }),
  );
}

function showAccounts(accounts) {
  one('#accounts tbody').replaceChildren(
    ...accounts.map(({ provider, account, method, url }) =>
      row(cell(provider), cell(account), cell(`${method} ${url}`, 'url')),
    ),
  );
}

async function refresh() {
  try {
    const [payments, fulfilments, queues] = await Promise.all(
      ['payments', 'fulfilments', 'queues'].map(read),
    );
    showPayments(payments);
    showFulfilments(fulfilments);
    showQueues(queues);
    const known = payments.some(({ key }) => key === selected);
    showPayment(known ? await read(`payments/${encodeURIComponent(selected)}`) : undefined);
    one('#live').textContent = `live · ${new Date().toLocaleTimeString()}`;
  } catch {
    one('#live').textContent = 'the stack does not answer';
  }
}

addEventListener('hashchange', () => {
  selected = decodeURIComponent(location.hash.slice(1));
  refresh();
});

showAccounts(await read('accounts').catch(() => []));
await refresh();
setInterval(refresh, REFRESH_MS);
