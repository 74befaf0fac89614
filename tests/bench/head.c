/* An epoch of the new last layer over 500 pictures whose frozen features are kept, against
 * PyTorch's over a frozen base. */
#include "rig.h"
#include "torch.h"

#include <stdlib.h>

enum { IMAGES = RIG_HEAD_IMAGES };

static const struct workload tiny = {"tiny", "/usr/share/darknet/cfg/tiny.cfg", 16, 0, false};

static double torch_epoch(void *rig)
{
	const char *text = torch_ask(((struct rig *)rig)->torch, "head %d", IMAGES);
	return strtod(text, NULL);
}

void bench_head(struct bench *b)
{
	struct rig r;
	struct net_cache_info cache;
	double seconds[2];
	int n;
	const struct turn turns[] = {{"thaw", rig_our_head, false}, {"PyTorch", torch_epoch, false}};
	rig_open(&r, b, &tiny, PEER_TORCH);
	rig_keep_features(&r);
	n = r.torch ? 2 : 1;
	take_turns(turns, n, b->runs, &r, seconds);
	net_cache_info(r.net, &cache);
	if (cache.images != IMAGES || cache.hits != (uint64_t)(b->runs * IMAGES))
		die("head epoch: the cache holds %d pictures and was hit %d times, not %d and %d",
		    (int)cache.images, (int)cache.hits, IMAGES, b->runs * IMAGES);
	if (r.torch)
		b->torch_head_s = seconds[1];
	report_turns(
	    &(struct figure){.name = "head epoch, features kept, 500 images (network alone)",
			     .unit = "s",
			     .less = true,
			     .runs = b->runs},
	    turns, seconds, n);
	rig_close(&r);
}
