import { digits, type Section } from '../report/report.js';

/** A log of a hundred times the length may not make anything so many times as slow: that would be growth, not noise. */
const TOO_MUCH = 5;

/** A line for each figure that grows with the log. */
export function grownTooMuch(sections: readonly Section[]): string[] {
  const figures = sections.filter(({ isGrowth }) => isGrowth).flatMap((one) => one.figures);
  return figures
    .filter(({ ratio }) => ratio.median < 1 / TOO_MUCH)
    .map(
      ({ comparison, subject, ratio }) =>
        `${subject}: ${comparison} takes ${digits(1 / ratio.median)} times as long`,
    );
}
