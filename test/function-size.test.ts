/** Limits for functions: a function fits on one screen, and a call with few arguments is clear. */
import { describe, expect, it } from 'vitest';
import { functionsOf, type WrittenFunction } from './support/identifiers.ts';
import { sourceFiles } from './support/source-files.ts';

const MAX_LINES = 70;
const MAX_PARAMETERS = 4;

/** Files with a function that exceeds a limit, each with the reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'shared/providers/trustly-americas/tables.ts': 'its rows are written as columns of a table',
};

const functions = sourceFiles(['shared', 'functions', 'infra', 'cli', 'console/server', 'local', 'tools'])
  .filter((path) => !Object.hasOwn(EXCEPTIONS, path))
  .flatMap(functionsOf);
const places = (found: readonly WrittenFunction[]): readonly string[] => found.map(({ at }) => at);

describe('functions', () => {
  it('the reader of syntax trees finds more than 1,000 functions', () => {
    expect(functions.length).toBeGreaterThan(1_000);
  });

  it(`no function has more than ${MAX_LINES} lines`, () => {
    expect(places(functions.filter(({ lines }) => lines > MAX_LINES))).toEqual([]);
  });

  it(`no function has more than ${MAX_PARAMETERS} positional parameters: more are members of an object`, () => {
    expect(places(functions.filter(({ parameters }) => parameters > MAX_PARAMETERS))).toEqual([]);
  });

  it.each(Object.keys(EXCEPTIONS))('%s is an exception that is still needed', (path) => {
    const large = functionsOf(path).filter(
      ({ lines, parameters }) => lines > MAX_LINES || parameters > MAX_PARAMETERS,
    );
    expect(large).not.toEqual([]);
  });
});
