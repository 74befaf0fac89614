/* The probe images: a few validation pictures that are looked at closely after every epoch.
 *
 * Invariant: looking changes nothing: neither weights nor what the activation cache holds.
 */
#ifndef THAW_TRAIN_PROBES_H
#define THAW_TRAIN_PROBES_H

#include "thaw/base/err.h"
#include "thaw/engine/net.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define THUMB_SIZE 32
#define PROBE_CAM_SIDE 14 /* an activation map is at most this wide and high */

struct session;

struct probes {
	size_t n;
	size_t *index;            /* into the validation split */
	float *x;                 /* [n][3][h][w] */
	float *probs;             /* [n][classes] */
	struct net_trace *traces; /* [n][NET_TRACES] */
	int n_traces;             /* of each picture */
	struct net_trace *told;   /* [n][NET_TRACES] as the log has them, */
	int64_t *since;           /* [n][NET_TRACES] ... told with that epoch; -1: not yet */
	uint8_t *cam;             /* [n][cam_h][cam_w] */
	bool *has_cam;            /* [n] */
	int cam_w, cam_h;         /* 0: the head has no map */
};

/* Choose and read the probe images, and emit their thumbnails.
 * Errors: ERR_IO (a picture that cannot be read any more). */
enum err probe_set_open(struct session *s, struct errinfo *e);
void probe_set_emit(struct session *s, int64_t epoch); /* what the network makes of them now */
/* The log's reader forgets what was told: the run goes back. */
void probe_set_forget(struct session *s);
void probe_set_release(struct session *s);

#endif
