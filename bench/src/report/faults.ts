import { digits, type Section } from './report.js';

/** A log of a hundred times the length may not make anything so many times as slow: that would be growth, not noise. */
const TOO_MUCH = 5;

/** A line for each figure that must not be as it is, whatever the machine: what grows with the log, and what is counted and has to be none. */
export function faultsOf(sections: readonly Section[]): string[] {
  return sections.flatMap(({ isGrowth, isOfNone, figures }) => {
    const grown = figures.filter(({ ratio }) => isGrowth && ratio.median < 1 / TOO_MUCH);
    const counted = figures.filter(({ value }) => isOfNone && value.max > 0);
    return [
      ...grown.map(
        ({ comparison, subject, ratio }) =>
          `${subject}: ${comparison} takes ${digits(1 / ratio.median)} times as long`,
      ),
      ...counted.map(({ comparison, subject, value }) => `${subject}: ${value.max} ${comparison}`),
    ];
  });
}
