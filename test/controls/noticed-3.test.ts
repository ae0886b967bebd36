import { noticed } from './noticed.ts';

noticed(2, 4);
