/* What benchmark programs need of a machine: marks around the timed part, and text to the host by semihosting. */
#ifndef LITTLEFIRST_SCORE_RUNTIME_H
#define LITTLEFIRST_SCORE_RUNTIME_H

/** Rings the doorbell words that begin (4) and end (5) the timed part. */
void score_begin(void);
void score_end(void);

#endif
