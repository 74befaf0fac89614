/* A stand-in for NVIDIA's driver, cuDNN 9 and NVML, so that the backend of cards runs on any
 * machine. It is as unkind as a card may be, and refuses what the real ones refuse:
 *
 * - The card's memory cannot be touched by the host (a fault), is never cleared, lies at the end of
 *   its pages, and is open to kernels only while it is allocated.
 * - Work is queued, and runs when something waits for it and not before; streams are ordered by
 *   events alone. Copies from pinned memory read it when they run.
 * - Convolutions by an algorithm that is not deterministic give each time something else; those
 *   that may round to TF32 do, and workspace is scribbled over.
 *
 * By the environment, read by cuInit(): THAW_STANDIN_CARDS (2), THAW_STANDIN_DRIVER (13000),
 * THAW_STANDIN_MEMORY (2 GiB, in bytes, of each card), THAW_STANDIN_TAKEN (0: of that, by others),
 * THAW_STANDIN_FAIL=N (the N-th kernel that runs fails, and all calls from then on), and
 * CUDA_VISIBLE_DEVICES.
 *
 * Of its own rules are: no default stream, blocks and grids of the shapes of dialect.h, cuDNN's
 * tensors at multiples of 16 bytes.
 *
 * This header is shared by its parts; one lock is held in all of them. Codes are the driver's.
 */
#ifndef THAW_TESTS_STANDIN_H
#define THAW_TESTS_STANDIN_H

#include "../../src/engine/cuda/driver.h"

#include <pthread.h>
#include <stdbool.h>

#define EXPORT __attribute__((visibility("default")))
#define DECLARE(name, args) EXPORT int name args;
DRIVER_FUNCTIONS(DECLARE)

enum {
	CU_INVALID_VALUE = 1,
	CU_NOT_INITIALIZED = 3,
	CU_NO_DEVICE = 100,
	CU_INVALID_DEVICE = 101,
	CU_INVALID_IMAGE = 200,
	CU_INVALID_CONTEXT = 201,
	CU_INVALID_HANDLE = 400,
	CU_ILLEGAL_STATE = 401,
	CU_NOT_FOUND = 500,
	CU_NOT_READY = 600,
	CU_ILLEGAL_ADDRESS = 700,
	CU_LAUNCH_FAILED = 719,
	CU_CAPTURE_UNSUPPORTED = 900,
	CU_CAPTURE_INVALIDATED = 901,
	CU_CAPTURE_MERGE = 902,
	CU_CAPTURE_UNMATCHED = 903,
	CU_CAPTURE_UNJOINED = 904,
	CU_CAPTURE_ISOLATION = 905,
	CU_CAPTURED_EVENT = 907,
	CU_CAPTURE_WRONG_THREAD = 908,
};

struct block; /* memory.c */

/* A card and its primary context in one. */
struct cu_context {
	int ordinal;                /* of the machine */
	size_t memory, taken, used; /* bytes */
	struct block *blocks;
	struct cu_stream *streams;
	int broken; /* the code that every call returns; 0: none */
	unsigned long kernels_run;
};

/* ---- driver.c ---- */

/* Begin a call: takes the lock. Whatever comes of it is to be handed to standin_leave(), which
 * gives the lock back and returns it. WAITS: it may wait for the card, which no capture of this thread
 * allows. */
enum call { QUEUES, WAITS };
int standin_enter(enum call c);
int standin_leave(int code);
struct cu_context *standin_card(void); /* this thread's */
/* Cleared memory that lasts as long as the process: of what has no end among the functions. */
void *standin_new(size_t bytes);
/* A number of the environment. */
size_t standin_setting(const char *name, size_t otherwise);

/* ---- memory.c ---- */

int memory_alloc(struct cu_context *card, size_t bytes, device_address *at);
int memory_free(struct cu_context *card, device_address at);
/* Let work at the card's memory, all of it or what `at` is in, and close it again. (To open it
 * costs more than most work does.) */
void memory_open(struct cu_context *card);
void memory_touch(struct cu_context *card, device_address at);
void memory_close(struct cu_context *card);
/* Whether all of it lies in one allocation. */
bool memory_is_card(const struct cu_context *card, device_address at, size_t bytes);
int pinned_alloc(size_t bytes, void **at);
int pinned_free(void *at);
bool pinned_has(const void *at, size_t bytes);
/* Whether it is an address of the host's memory that no card can see. */
bool memory_is_hosts(const struct cu_context *card, uint64_t word);

/* ---- queue.c ---- */

/* Queue, or record, work with a copy of its payload. `run` returns a code, may be called any number
 * of times, and opens the memory that it touches, which is closed behind it; `drop` (may be NULL)
 * releases what the payload owns, and is called here when the work is refused. */
struct work {
	int (*run)(void *payload);
	void (*drop)(void *payload);
};
int queue_add(struct cu_stream *s, const struct work *w, const void *payload, size_t bytes);
bool queue_records(const struct cu_stream *s);
struct cu_context *queue_card(const struct cu_stream *s);
/* Run all that was queued. */
int queue_drain(struct cu_stream *s);
int queue_drain_card(struct cu_context *card);
/* Of this thread, or of any that forbids it to all; such a capture is void from now on. */
bool queue_capture_refuses(void);
int queue_refuse(struct cu_stream *s, int code); /* the same for one stream's */
struct cu_context *queue_running(void);          /* the card whose work runs */

/* ---- kernels.c ---- */

struct standin_kernel {
	const char *name;
	size_t bytes; /* of its arguments */
	void (*run)(const void *args);
};
extern const struct standin_kernel standin_kernels[]; /* ends with a row without a name */
void standin_block(int x, int y, int blocks_x, int threads);

/* ---- what libcudnn.so.9 takes of libcuda.so.1, beside its functions ---- */

EXPORT int standin_queue(struct cu_stream *s, int (*run)(void *payload), const void *payload,
			 size_t bytes);
EXPORT void standin_open(void); /* all of the running card's memory: before `run` looks at any */
EXPORT bool standin_is_card(struct cu_stream *s, const void *at, size_t bytes);

#endif
