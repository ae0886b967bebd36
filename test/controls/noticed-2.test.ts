import { noticed } from './noticed.ts';

noticed(1, 4);
