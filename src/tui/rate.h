/* Changes of a learning rate by hand: of all layers, or of the multipliers of some.
 *
 * Keys that double and halve it add up until they have rested for RATE_REST_MS; then one command is
 * sent, so that one undo takes it back. The target is shown meanwhile. What moves the rate by more
 * than RATE_LARGE either way, typed or by keys, is shown with the old and the new one and waits for
 * Enter; changes within RATE_CHAIN_MS of one another are measured from the first.
 */
#ifndef TUI_RATE_H
#define TUI_RATE_H

#include "app.h"

#define RATE_REST_MS 400
#define RATE_CHAIN_MS 10000
#define RATE_LARGE 4.

/* A key: +1 doubles, -1 halves, the rate or the multipliers of the marked layers; `now` on the
 * monotonic clock. */
void rate_press(struct tui *t, int direction, int64_t now);

/* What was typed: a rate ("1e-4") or factor ("x0.5"); layers and a factor ("12-15 0.1"). Sent, or
 * shown first. Errors: ERR_VALUE, and nothing is changed. */
enum err rate_typed(struct tui *t, const char *arg, struct errinfo *e);
enum err rate_typed_scale(struct tui *t, const char *arg, struct errinfo *e);

void rate_tick(struct tui *t, int64_t now); /* have the keys rested? */
void rate_confirm(struct tui *t);           /* Enter */
void rate_drop(struct tui *t);              /* Esc */
void rate_settle(struct tui *t); /* another key: a small change is sent, a large one is dropped */

#endif
