import { reasons, type Reason } from '../reasons.ts';
import { formatTimestamp } from '../timestamp.ts';

/** The two largest units: `2d 3h`, `4m 5s`, `12s`, `350ms`. */
export function durationInWords(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}ms`;
  const seconds = Math.floor(ms / 1000);
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(' ');
}

/** `2025-07-24 12:00:05 UTC` */
export function timeInWords(ms: number): string {
  return `${formatTimestamp(ms).slice(0, 19).replace('T', ' ')} UTC`;
}

/** `12:00:05 UTC`: for what happens or happened within hours. */
export function clockInWords(ms: number): string {
  return `${formatTimestamp(ms).slice(11, 19)} UTC`;
}

/** The reason's own sentence, closed by what is special to the case. */
export function sentenceOfReason(reason: Reason, detail: string): string {
  const { text } = reasons[reason];
  return detail === '' ? text : `${text.replace(/\.$/, '')}: ${sentence(detail)}`;
}

/** Ends with a full stop unless it ends a sentence already. */
export function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
