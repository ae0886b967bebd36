import { noticed } from './noticed.ts';

noticed(0, 4);
