/**
 * The event types for merchants agree with the schemas: the compiler accepts every example, and refuses each event that
 * a schema refuses.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import type { MerchantEvent } from '../../shared/payment/types.ts';
import { CATALOGUE, eventSchema } from '../../tools/docs/event-schema.ts';
import { eventTypes, typeName } from '../../tools/docs/event-types.ts';

const root = resolve(import.meta.dirname, '../..');
const examples: Readonly<Record<string, MerchantEvent>> = JSON.parse(
  readFileSync(join(root, 'docs/events/examples.json'), 'utf8'),
);
const base = (eventSchema().$defs as { event: { required: readonly string[] } }).event;

/** A file with valid values, and with invalid values under @ts-expect-error. */
function program(): string {
  const lines = [`import type * as Events from '${join(root, 'docs/events/payhooks-events.ts')}';`];
  let count = 0;
  const says = (type: string, value: unknown) =>
    lines.push(`export const v${count++}: Events.${type} = ${JSON.stringify(value)};`);
  const refuses = (type: string, value: unknown) => {
    lines.push('// @ts-expect-error');
    says(type, value);
  };
  for (const [name, example] of Object.entries(examples)) {
    const type = typeName(name);
    says(type, example);
    says('PayhooksEvent', example);
    refuses(type, { ...example, type: 'nothing' });
    refuses(type, { ...example, status: 'nothing' });
    refuses(type, { ...example, schema: 2 });
    refuses(type, { ...example, moved: [{ amount: 12, currency: 'EUR' }] });
    for (const member of base.required) {
      const { [member]: _, ...rest } = example as unknown as Record<string, unknown>;
      refuses(type, rest);
    }
  }
  refuses('FulfilEvent', { ...examples.fulfil, holds: ['unknown_order'] });
  refuses('FulfilEvent', { ...examples.fulfil, status: 'reversed' });
  return lines.join('\n');
}

it('the TypeScript compiler accepts every example as its event type, and refuses an event that the schema refuses', async () => {
  const folder = mkdtempSync(join(root, 'node_modules/.payhooks-types-'));
  try {
    writeFileSync(join(folder, 'examples.ts'), program());
    const tsconfig = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { types: [] },
      include: ['*.ts'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const output = await new Promise<string>((done) => {
      execFile(process.execPath, [compiler, '--singleThreaded', '-p', folder], (error, out, err) =>
        done(error === null ? '' : `${out}${err}`),
      );
    });
    expect(output).toBe('');
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 300_000);

it('eventTypes renders an interface for each event, and the union names every interface', () => {
  const text = eventTypes(eventSchema());
  for (const type of Object.keys(CATALOGUE)) {
    expect(text).toContain(`export interface ${typeName(type)} extends EventBase {`);
    expect(text).toContain(`\n  | ${typeName(type)}`);
  }
});

it('eventTypes throws for a type of the schema that has no TypeScript type', () => {
  const schema = {
    oneOf: [],
    $defs: { money: { type: 'object', properties: { amount: { type: 'null' } } } },
  };
  expect(() => eventTypes(schema)).toThrow('no type for {"type":"null"}');
});
