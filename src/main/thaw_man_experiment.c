/* `thaw help man-experiment`: the page thaw-experiment(5) of the manual. The settings come from
 * their table; what is said about them together stands here. */
#include "thaw_cli.h"
#include "thaw_roff.h"
#include "thaw_topics.h"

#include "thaw/base/strbuf.h"
#include "thaw/config/settings.h"

#include <stddef.h>

static const char *const example[] = {
    "name: flower-photos",
    "network:",
    "  cfg: /usr/share/darknet/cfg/tiny.cfg        # any Darknet classifier",
    "  weights: ../shared/weights/tiny.weights",
    "  input: 224x224",
    "data:",
    "  images: ../shared/flower_photos/train       # one folder per class",
    "  valid: ../shared/flower_photos/valid        # or a share such as 0.2, split by class",
    "  augment: {flip: true, crop: 1.15, hue: 0.1, saturation: 0.75, exposure: 0.75}",
    "train: {batch: 16, seed: 1}",
    "phases:",
    "  - {name: head, freeze: base, epochs: 5, lr: 0.01}",
    "  - {name: tune, freeze: 0-13, epochs: 5, lr: 0.0001, schedule: cosine, batchnorm: frozen}",
    NULL,
};

static const struct section {
	const char *heading;
	const char *paragraphs[4]; /* NULL after the last */
} sections[] = {
    {"FILES AS PEOPLE HAVE THEM",
     {"Cfgs, class names, lists and experiments may come from any editor: byte-order mark, UTF-16, "
      "any line ends, comments behind values. A path may begin with ~/. Keys by which AlexeyAB's "
      "Darknet would compute another network are refused with their line; unknown and repeated "
      "ones are warned of. Weights may be a partial file ('darknet partial', '.conv.N'): layers "
      "that it does not reach start from scratch, and 'thaw check' says which.",
      "'thaw check', the headless run and the Log page also tell of mistakes in the data: the same "
      "picture in both parts or in two classes (also as a copied file), classes without "
      "validation pictures or that differ in case only, pictures beside the class folders, very "
      "uneven classes, frozen layers that know nothing."}},
    {"THE HEAD",
     {"The last layer with weights below softmax, convolutional or [connected], is replaced by one "
      "with as many outputs as there are classes. 'network.cut: 17' drops everything above layer "
      "17 and attaches the new layer there. 'head: {init: ridge}' starts it from the closed-form "
      "ridge regression of the frozen features, penalty and temperature chosen by 5-fold "
      "cross-validation."}},
    {"BATCH-NORM OF LAYERS THAT LEARN",
     {"'frozen' keeps the rolling statistics; 'train' uses those of each batch, with Darknet's n−1 "
      "variance and 0.99/0.01 averaging; 'folded' keeps statistics and scales and descends in the "
      "folded weights.",
      "Batch-norm multiplies each channel by a = scale/σ; a plain step moves the folded weights by "
      "a² times the learning rate, and a is far above 1 in the last layers of Tiny Darknet: that "
      "is why its fine-tuning explodes at rates other networks take. 'train.clip' measures the "
      "gradient in which it descends: with 'folded', in the folded weights. Statistics of a "
      "single value do not exist: an epoch's last picture is never a batch of its own, it joins "
      "the batch before."}},
    {"OPTIMISERS AND WEIGHTS OF CLASSES",
     {"'train.optimizer: sgd' is Darknet's: momentum, decay of weights alone. 'adam' is its adam=1 "
      "with B1, B2 and eps as 'train.b1', 'train.b2' and 'train.eps': decay is added to the "
      "gradient, of biases and scales too, and eps is compared with the gradient summed over the "
      "batch. 'adamw' (Loshchilov and Hutter) decays weights alone and apart from the gradient. "
      "Both move every weight by about the learning rate in each step: 0.001 for a new head and a "
      "tenth of it for pretrained layers is usual. With batch-norm 'folded' they descend in the "
      "folded weights.",
      "A layer that is thawed begins with empty moments and with its own count of steps. States "
      "hold twice as much. A run may go on with another optimizer, which then begins afresh.",
      "'train.class_weights' multiplies the gradient of a picture by its class's weight: "
      "'balanced' is n / (classes * pictures of the class), as in scikit-learn; a map gives "
      "weights by name, 1 to classes that it leaves out. The gradient is divided by the number of "
      "pictures in the batch, as in Keras, not by the sum of their weights. Losses and figures "
      "are shown without weights, training as validation; 'head: {init: ridge}' takes all "
      "pictures alike."}},
    {"RULES, AND WHICH EPOCH IS THE BEST",
     {"'train.best' says by which figure of the validation an epoch is the best, of equals the first: "
      "accuracy, loss, f1 (the mean of the classes' F1) or recall:CLASS. Its weights are "
      "best.weights, and no resume puts a worse epoch's in their place; a run cannot change the "
      "figure. 'stop: {patience: 5, min_delta: 0.002}' ends the run, as finished, after 5 epochs of "
      "a phase without a gain of more than that; with 'ends: phase' the next phase follows. "
      "'plateau: {factor: 0.5, patience: 3}' multiplies the learning rate then, not below min_lr, and "
      "leaves the next 'cooldown' epochs out of account. 'until: {acc: 0.9}' in a phase ends it at "
      "the end of the first epoch that reaches all that it names, as does 'until: {loss: 0.3, "
      "recall: {rose: 0.8}}'. Rules look at whole epochs alone and count anew in each phase.",
      "A cut is a change of the rate like one by hand: 'u' or 'thaw ctl RUN undo' takes it back. An "
      "end is told first, with its reason. While somebody watches, the run then waits "
      "'train.rule_wait' seconds, training nothing: 'undo' takes the end back and its rule counts "
      "anew; 'keep-going' lets no rule end this phase, or the run in it, and can be undone too. "
      "Where nobody watches it ends at once. The same epochs come to the same decisions, whether a "
      "run is watched, stopped, killed or resumed in between.",
      "A run that a rule has ended has finished: 'thaw resume RUN --set stop.patience=0' goes on with "
      "its plan, to the bit as if there had been no rule; '--epochs N' gives it N epochs more, in "
      "which the rule counts anew."}},
    {"WHAT COMPUTES",
     {"'train.device: auto' (or '--device') takes the first graphics card of NVIDIA's that works, as "
      "CUDA_VISIBLE_DEVICES leaves them, else the CPU; 'thaw check' says which and why. A card that "
      "is asked for and cannot be used ends the program with what is missing. It needs the driver "
      "and cuDNN 9, which are looked for when the program starts: in the folder that THAW_CUDNN "
      "names, else where the loader, CUDA_PATH, conda, pip and a virtual environment have "
      "libraries.",
      "'train.precision' is of a card's multiplications: tf32 keeps ten bits of each factor and adds "
      "up in fp32, fp32 keeps all. bf16 keeps eight of activations, too, which takes half the memory "
      "and time. The CPU computes in fp32.",
      "A run may go on, and a saved network predict, on another device: the figures agree, but not "
      "to the bit. A saved network whose device is not here is computed as by auto."}},
    {"THE ACTIVATION CACHE",
     {"While layers 0 to k are frozen, what layer k puts out for a picture never changes: it is "
      "computed once for each view of a picture and kept, in 'train.cache' bytes of memory and "
      "then in a file, with the same results to the bit. The Train and Layers pages and 'thaw "
      "show' say what is kept and what it saves: the share of the forward operations of an epoch, "
      "validation included, that need not be computed.",
      "Training pictures profit when they come again as they were: without augmentation, or with "
      "a fixed number of 'data.augment.views'; with a new view every epoch only validation does."}},
    {"PICTURES",
     {"JPEG, PNG, WebP, TIFF, GIF (its first frame), BMP, TGA, PSD and PNM, told by their bytes, "
      "not their names; they look as Debian's darknet sees them, transparency dropped. What is "
      "not read is named with what to do. More than 100 megapixels are read at a half, a quarter "
      "or an eighth. A JPEG without its end marker is read if no pixel is missing. A picture's "
      "answer depends on it alone: not on the batch it is in, nor on the number of threads, to "
      "the bit.",
      "The next batches are decoded and augmented while the network computes; decoded pictures "
      "are kept in up to a quarter of the memory (2 GiB at most). A picture whose kept activation "
      "makes it unneeded is neither read nor decoded. Large JPEGs of which every augmented view "
      "is at least twice as small are decoded at a half, a quarter or an eighth of their size; "
      "un-augmented pictures are decoded whole, as Darknet sees them.",
      "When more than 20 % of the recent iterations went by in waiting for pictures, the Train "
      "page says \"data-bound\", and 'thaw show' tells the share of the whole run: then smaller "
      "files, more cores or a fixed number of views help, a faster network does not."}},
    {"WHERE PICTURES COME FROM",
     {"'data.images' (class folders), 'data.darknet' (Darknet's lists: the class is the picture's "
      "folder, or a whole word of its file name, as in 12_dog.png) or 'data.idx': a folder of idx "
      "files as MNIST and its kin come in, train-images-idx3-ubyte, train-labels-idx1-ubyte and "
      "the same of t10k, zipped (.gz) or not, grey or with three colours (idx4). The t10k "
      "pictures are for validation, unless 'data.valid' is a share.",
      "'data.classes' keeps some of the classes, by name or by position from 0 (5-9), and "
      "'data.limit' some of the training pictures, the same share of each class; both work with "
      "every source. Every byte of the files is checked: what is wrong is named with file and "
      "offset."}},
};

static void settings(void)
{
	roff_heading("SETTINGS");
	roff_line("A default stands in brackets.");
	for (const struct setting *s = NULL; (s = settings_next(s));) {
		struct strbuf wants = STRBUF_INIT;
		strbuf_addf(&wants, "%s: ", s->help);
		setting_wants(s, &wants);
		roff_item("%s", s->path);
		strbuf_addf(&wants, " [%s]", !s->def ? "required" : *s->def ? s->def : "none");
		roff_line(wants.buf);
		strbuf_release(&wants);
	}
}

int man_experiment_print(void)
{
	static const char *const others[] = {"thaw (1)", "thaw\\-log (5)", NULL};
	roff_page("thaw-experiment", 5, "man-experiment", "what a thaw experiment file holds");
	roff_heading("DESCRIPTION");
	roff_line(
	    "An experiment is a YAML file: a network, its pictures, and the phases in which it "
	    "is trained. A wrong setting is named with file, line and column, an unknown one "
	    "with the nearest that exists. '--set KEY=VALUE' changes any of them for one run. "
	    "The run's directory keeps the whole experiment with every default written out.");
	roff_example(example);
	settings();
	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++) {
		const char *const *p = sections[i].paragraphs;
		roff_heading(sections[i].heading);
		roff_line(*p);
		while (*++p)
			roff_paragraph(*p);
	}
	roff_see_also(others);
	return STATUS_OK;
}
