/* The worst mistakes of a validation: pictures that were taken for another class, surest first.
 *
 * Their small pictures are read and told once, and kept while there is room: an epoch's mistakes are
 * largely those of the epoch before.
 */
#ifndef THAW_TRAIN_MISTAKES_H
#define THAW_TRAIN_MISTAKES_H

#include <stddef.h>
#include <stdint.h>

#define MISTAKES_MAX 8
#define MISTAKE_SIDE 20 /* of the pictures, as they are logged */
#define MISTAKE_BYTES (MISTAKE_SIDE * MISTAKE_SIDE * 3)

struct session;

struct mistake {
	uint32_t index; /* into the validation split */
	int label, said;
	float prob_said, prob_label;
};

struct mistakes {
	struct mistake
	    worst[MISTAKES_MAX]; /* [n], surest first; among equals the earlier picture */
	size_t n;
	struct mistake_picture *kept; /* owned */
	size_t n_kept, cap_kept;
};

struct prediction { /* of one picture */
	uint32_t index;
	int label;
	const float *probs; /* [classes] */
	size_t classes;
};

/* Put one picture's prediction among the `n` worst of at most `most`, and return how many there are
 * then; nothing is added for one that is right, or not finite. Shape: worst[most] */
size_t mistakes_keep(struct mistake *worst, size_t n, size_t most, const struct prediction *a);
void mistakes_add(struct mistakes *m, const struct prediction *a);

/* Say which they were; nothing when probes are off or there was none. A picture that cannot be read
 * any more is told without. */
void mistakes_emit(struct session *s);
void mistakes_release(struct mistakes *m);

#endif
