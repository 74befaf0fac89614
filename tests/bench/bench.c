/* make bench: thaw against Debian's libdarknet and, where it is installed, PyTorch.
 *
 *   bench --thaw PROGRAM --scratch FOLDER [--only GROUP]... [--peer NAME]... [--runs N] [--full]
 *         [--card NAME] [--precision NAME] [--batch MOST] [FILE.tsv]
 *
 * Groups are the rows of the table below; without --peer every peer takes part. --full adds what
 * takes PyTorch minutes; fewer --runs give a quicker, rougher look. --card, --precision and --batch
 * are of the group gpu alone: what it computes on (cuda; cpu tries the group itself), what the card
 * multiplies in, and the largest batch that is taken. Run it on an idle machine: it
 * asserts nothing about time, but two sides that share the cores with a third measure the third.
 */
#include "bench.h"

#include "torch.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/config/experiment.h"
#include "thaw/engine/box.h"

#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In this order: the trainer's head epoch is held against PyTorch's. */
static struct group {
	const char *name;
	void (*run)(struct bench *b);
	bool wanted, own_peer; /* own_peer: opens a PyTorch for itself */
} groups[] = {
    {"nets", bench_nets, false, false},     {"busy", bench_busy, false, false},
    {"head", bench_head, false, false},     {"pictures", bench_pictures, false, false},
    {"start", bench_start, false, false},   {"flowers", bench_flowers, false, false},
    {"cost", bench_cost, false, false},     {"memory", bench_memory, false, false},
    {"viewer", bench_viewer, false, false}, {"browser", bench_browser, false, false},
    {"log", bench_log, false, false},
    {"replay", bench_replay, false, false},
    {"gpu", bench_gpu, false, true},
};

static const char *const peer_names[] = {"Darknet", "PyTorch"}; /* in the order of their bits */
static const char *const precisions[PRECISION_N] = {
    [PRECISION_FP32] = "fp32", [PRECISION_TF32] = "tf32", [PRECISION_BF16] = "bf16"};

enum { N_GROUPS = sizeof(groups) / sizeof(*groups) };
enum { N_PEERS = sizeof(peer_names) / sizeof(*peer_names), ALL_PEERS = (1 << N_PEERS) - 1 };

void die(const char *fmt, ...)
{
	va_list ap;
	fflush(stdout);
	fputs("bench: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

void fail(struct bench *b, const char *fmt, ...)
{
	va_list ap;
	fputs("FAILED: ", stdout);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	b->n_failed++;
}

char *scratch_path(const struct bench *b, const char *name)
{
	return path_join(b->scratch, name);
}

bool have_flowers(const char *left_out)
{
	static const char *const needed[] = {"../shared/flower_photos/train",
					     "../shared/flower_photos/valid",
					     "../shared/weights/tiny.weights"};
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		if (!file_exists(needed[i])) {
			printf("left out: %s (needs %s)\n", left_out, needed[i]);
			return false;
		}
	return true;
}

/* Which of the names an option's word is. */
static int choose(const char *option, const char *word, const char *const *names, int n)
{
	struct strbuf all = STRBUF_INIT;
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], word) == 0)
			return i;
	for (int i = 0; i < n; i++)
		strbuf_addf(&all, i ? ", %s" : "%s", names[i]);
	die("%s wants one of %s; not '%s'", option, all.buf, word);
}

static void want(const char *group)
{
	const char *names[N_GROUPS];
	for (int i = 0; i < N_GROUPS; i++)
		names[i] = groups[i].name;
	groups[choose("--only", group, names, N_GROUPS)].wanted = true;
}

static const char *read_options(struct bench *b, int argc, char **argv)
{
	static const struct option options[] = {
	    {"thaw", required_argument, NULL, 't'}, {"scratch", required_argument, NULL, 's'},
	    {"only", required_argument, NULL, 'o'}, {"peer", required_argument, NULL, 'p'},
	    {"runs", required_argument, NULL, 'r'}, {"full", no_argument, NULL, 'f'},
	    {"card", required_argument, NULL, 'c'}, {"precision", required_argument, NULL, 'x'},
	    {"batch", required_argument, NULL, 'b'}, {0}};
	bool all = true;
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;)
		switch (c) {
		case 't':
			b->thaw = optarg;
			break;
		case 's':
			b->scratch = optarg;
			break;
		case 'o':
			want(optarg);
			all = false;
			break;
		case 'p':
			b->peers |= 1u << choose("--peer", optarg, peer_names, N_PEERS);
			break;
		case 'r':
			b->runs = atoi(optarg);
			break;
		case 'f':
			b->full = true;
			break;
		case 'c':
			b->card = optarg;
			break;
		case 'x':
			b->precision = choose("--precision", optarg, precisions, PRECISION_N);
			break;
		case 'b':
			b->most_batch = atoi(optarg);
			break;
		default:
			exit(2);
		}
	for (int i = 0; i < N_GROUPS && all; i++)
		groups[i].wanted = true;
	if (!b->peers)
		b->peers = ALL_PEERS;
	if (!b->thaw || !b->scratch)
		die("usage: bench --thaw PROGRAM --scratch FOLDER [--only GROUP]... "
		    "[--peer NAME]... [--runs N] [--full] [--card NAME] [--precision NAME] "
		    "[--batch MOST] [FILE.tsv]");
	if (b->runs < 1 || b->runs > MAX_RUNS)
		die("--runs wants a number from 1 to %d", MAX_RUNS);
	return argv[optind];
}

/* Cores that this process may use: `taskset -c 0 bench …` compares one thread with one. */
static int count_cores(void)
{
	cpu_set_t set;
	return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

/* The engine here waits as it does in thaw-train, whose spin_briefly() tells why: OpenMP's library
 * reads this before main(), hence once more from the start. Peers and programs that are started
 * from here get their surroundings as they were. */
static void wait_as_trainer(char **argv)
{
	static const char again[] = "THAW_BENCH_AGAIN";
	if (getenv(again)) {
		unsetenv(again);
		unsetenv("GOMP_SPINCOUNT");
		unsetenv("KMP_BLOCKTIME");
		return;
	}
	if (getenv("OMP_WAIT_POLICY") || getenv("GOMP_SPINCOUNT") || getenv("KMP_BLOCKTIME"))
		return;
	setenv(again, "1", 1);
	setenv("GOMP_SPINCOUNT", "10000", 1);
	setenv("KMP_BLOCKTIME", "0", 1);
	execv("/proc/self/exe", argv);
	die("cannot start once more");
}

static void open_torch(struct bench *b)
{
	bool wanted = false;
	for (int i = 0; i < N_GROUPS; i++)
		wanted = wanted || (groups[i].wanted && !groups[i].own_peer);
	if (wanted && b->peers & PEER_TORCH && !(b->torch = torch_open(TORCH_CPU, b->threads)))
		printf("left out: PyTorch (no python3 with torch; Debian's is python3-torch)\n");
}

int main(int argc, char **argv)
{
	wait_as_trainer(argv);
	struct bench b = {.runs = MAX_RUNS,
			  .threads = count_cores(),
			  .card = "cuda",
			  .precision = PRECISION_TF32,
			  .device = "cpu",
			  .most_batch = INT_MAX};
	struct errinfo e = {0};
	const char *tsv = read_options(&b, argc, argv);
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (box_open(null, &e) || file_mkdirs(b.scratch, &e))
		die("%s", e.msg);
	report_open(tsv);
	open_torch(&b);
	for (int i = 0; i < N_GROUPS; i++)
		if (groups[i].wanted)
			groups[i].run(&b);
	torch_close(b.torch);
	report_close();
	return b.n_failed ? 1 : 0;
}
