/* What the files of `make bench` share: the table of figures, taking turns, and the peers.
 *
 * A figure is the median of several repetitions; programs that are compared take turns within one
 * call, one repetition each, and those who wait do nothing. Everything written lies in the scratch
 * folder. Bench programs may stop at the first thing that goes wrong: die().
 */
#ifndef THAW_TESTS_BENCH_H
#define THAW_TESTS_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { MAX_RUNS = 5, LONG_RUNS = 3 }; /* repetitions; of whole experiments */

enum peers { PEER_NONE = 0, PEER_DARKNET = 1 << 0, PEER_TORCH = 1 << 1 };

struct torch;

struct bench {
	const char *thaw;    /* the command-line program under test */
	const char *scratch; /* a folder of ours */
	int runs;            /* repetitions, 1..MAX_RUNS; of whole experiments at most LONG_RUNS */
	bool full;           /* also what takes PyTorch minutes */
	const char *card;    /* what the group gpu computes on, as device_choose() has it */
	int precision;       /* there, enum precision */
	int most_batch;      /* larger batches are left out there */
	const char *device;  /* of whole runs */
	int n_failed;        /* by fail() */
	int threads;         /* of thaw and of PyTorch */
	unsigned peers;      /* those that take part, of enum peers */
	struct torch *torch; /* NULL: not installed, or takes no part */
	double torch_head_s; /* PyTorch's frozen-base epoch, 0 = not measured */
};

/* The groups of figures, each one file. */
void bench_nets(struct bench *b);
void bench_busy(struct bench *b);
void bench_head(struct bench *b);
void bench_pictures(struct bench *b);
void bench_flowers(struct bench *b);
void bench_start(struct bench *b);
void bench_cost(struct bench *b);
void bench_memory(struct bench *b);
void bench_viewer(struct bench *b);
void bench_log(struct bench *b);
void bench_replay(struct bench *b);
void bench_browser(struct bench *b);
void bench_gpu(struct bench *b);

void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
/* Say it and go on: the bench fails in the end. */
void fail(struct bench *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *scratch_path(const struct bench *b, const char *name); /* caller frees */

/* Photographs and weights beside the project; says what is missing and what therefore is left out.
 */
bool have_flowers(const char *left_out);

/* ---- taking turns ---- */

struct turn {
	const char *who;
	double (*run)(void *arg); /* one repetition; returns its seconds */
	bool cold;                /* not warmed up: it takes long and gains nothing */
};

enum { MAX_TURNS = 4 };

/* `runs` repetitions of each, in turn. Shape: median[n], in seconds */
void take_turns(const struct turn *turns, int n, int runs, void *arg, double *median);
double median_of(double *v, int n); /* sorts v */

/* ---- company ---- */

/* Processes that compute without pause, on whichever cores; they end with the bench, however it
 * ends. */
enum { BUSY = 2 };
void be_busy(pid_t pids[BUSY]);
void rest(pid_t pids[BUSY]);

/* Whoever computes meanwhile. */
struct company {
	void (*begin)(void *arg);
	void (*end)(void *arg);
	void *arg;
};

/* ---- the viewer ---- */

bool viewer_can(void); /* else says what is missing */
/* From a key to the first byte that changes the screen of a replay that stands still, milliseconds,
 * beside this company; `quiet_ms` without a byte and the next key follows. Shape: ms[keys], sorted */
void viewer_latency(const struct bench *b, int keys, int quiet_ms, struct company company,
		    double *ms);

/* ---- the table: standard output and a tab-separated file ---- */

struct figure {
	const char *name, *unit;
	double ours;
	const char *peer; /* NULL: nobody to compare with */
	double theirs;
	bool less; /* less is better: seconds, bytes */
	int runs;  /* of which this is the median */
};

void report_open(const char *tsv);
void report_close(void);
void report(const struct figure *f); /* the ratio is how many times better ours is */
/* A row a peer; thaw's is the first of n values. `f` says the rest. */
void report_turns(const struct figure *f, const struct turn *turns, const double *values, int n);

/* One row of a table of cost against work. The first after a title is what the others are held
 * against: so many times the work should take so many times the seconds. */
void report_cost_title(const char *title);
void report_cost(const char *name, double work, double seconds, int runs);

#endif
