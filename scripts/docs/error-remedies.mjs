// Cause and remedy of every error, each under a heading of its own, so that it can be linked to.
import { tellErrors } from './error-meanings.mjs';

export const errorRemedies = () =>
  tellErrors()
    .map(({ code, name, status, retryable, when, details, remedy }) =>
      [
        `### ${code}`,
        '',
        `${status}, \`${name}\`${retryable ? ', retryable' : ''}${details === undefined ? '' : `; details: ${details}`}`,
        '',
        `**Cause.** ${when[0].toUpperCase()}${when.slice(1)}.`,
        '',
        `**What to do.** ${remedy}`,
      ].join('\n'),
    )
    .join('\n\n');
