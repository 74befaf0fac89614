/* A weights file against a cfg: counted to the byte before Darknet sees it. */
#include "fuzz.h"

#include "thaw/engine/model.h"

static const char cfg[] = "[net]\nheight=8\nwidth=8\nchannels=3\n"
			  "[convolutional]\nbatch_normalize=1\nfilters=2\nsize=3\nstride=1\npad=1\n"
			  "activation=leaky\n"
			  "[convolutional]\nfilters=3\nsize=1\nstride=1\npad=1\nactivation=linear\n"
			  "[avgpool]\n[softmax]\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *cfg_path;
	struct weights_audit audit = {0};
	struct errinfo e;
	if (!cfg_path)
		cfg_path = fuzz_file("x.cfg", (const uint8_t *)cfg, strlen(cfg));
	const char *path = fuzz_file("x.weights", data, size);
	if (!model_load_base(NULL, cfg_path, path, &audit, &e))
		for (int i = 0; i < audit.n_layers; i++)
			FUZZ_TRUE(!audit.layers[i].loaded ||
				  audit.layers[i].offset + audit.layers[i].bytes <= size);
	weights_audit_release(&audit);
	return 0;
}
