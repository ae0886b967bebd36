import { noticed } from './noticed.ts';

noticed(3, 4);
