import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icons.tsx';
import { Time, type Tone } from './values.tsx';

interface MomentProps {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly at: string;
  readonly title: ComponentChildren;
  readonly badges?: ComponentChildren;
  readonly children?: ComponentChildren;
}

/** An entry of a list with the class "timeline". */
export const Moment = ({ icon, tone, at, title, badges, children }: MomentProps) => (
  <li class="moment">
    <span class={`moment-icon ${tone}`}>
      <Icon name={icon} />
    </span>
    <div class="moment-body">
      <div class="moment-head">
        <span class="moment-title">{title}</span>
        {badges}
        <Time at={at} />
      </div>
      {children}
    </div>
  </li>
);
