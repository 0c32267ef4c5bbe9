// Removes ./dist, so that a deleted source file leaves nothing behind in the package.
import { rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
