/** A button that opens the dialog of an action; if actions are not allowed it shows why. */
import { useCapabilities } from '../context.ts';
import { openAction, type Ready, specOf } from './actions.ts';

interface ActionButtonProps {
  readonly ready: Ready;
  readonly label?: string;
  readonly small?: boolean;
  /** Less prominent: no step advises this action. */
  readonly quiet?: boolean;
}

const READ_ONLY = 'This console only reads. Start it with --allow-actions to act.';

export function ActionButton({ ready, label, small = false, quiet = false }: ActionButtonProps) {
  const { actionsAllowed } = useCapabilities();
  const spec = specOf(ready.action);
  const { isAdvised } = ready;
  const tone = quiet || isAdvised === false ? 'plain' : isAdvised ? 'primary' : (spec.tone ?? 'primary');
  return (
    <button
      type="button"
      class={`button ${tone}${small ? ' small' : ''}`}
      disabled={!actionsAllowed}
      title={actionsAllowed ? undefined : READ_ONLY}
      onClick={() => openAction(ready)}
    >
      {label ?? spec.label}
    </button>
  );
}
