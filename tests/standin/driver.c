/* Cards, contexts, words for codes, and the calls for memory. */
#include "standin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CARDS = 8, MULTIPROCESSORS = 4 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool initialized;
static struct cu_context cards[MAX_CARDS];
static int visible[MAX_CARDS], n_visible;
static _Thread_local struct cu_context *current;

size_t standin_setting(const char *name, size_t otherwise)
{
	const char *text = getenv(name);
	return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

struct cu_context *standin_card(void)
{
	return current;
}

void *standin_new(size_t bytes)
{
	static struct kept {
		struct kept *next;
		_Alignas(16) char bytes[];
	} * kept;
	struct kept *k = calloc(1, sizeof(*k) + bytes);
	k->next = kept;
	kept = k;
	return k->bytes;
}

int standin_enter(enum call c)
{
	pthread_mutex_lock(&lock);
	if (!initialized)
		return CU_NOT_INITIALIZED;
	if (!current)
		return CU_INVALID_CONTEXT;
	if (current->broken)
		return current->broken;
	return c == WAITS && queue_capture_refuses() ? CU_CAPTURE_UNSUPPORTED : CU_OK;
}

int standin_leave(int code)
{
	pthread_mutex_unlock(&lock);
	return code;
}

/* ---- codes ---- */

static const struct {
	int code;
	const char *name, *text;
} words[] = {
    {CU_OK, "CUDA_SUCCESS", "no error"},
    {CU_INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {CU_OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {CU_NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {CU_NO_DEVICE, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {CU_INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {CU_INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {CU_INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {CU_INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {CU_ILLEGAL_STATE, "CUDA_ERROR_ILLEGAL_STATE", "the operation cannot be performed now"},
    {CU_NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {CU_NOT_READY, "CUDA_ERROR_NOT_READY", "device not ready"},
    {CU_ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {CU_LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {CU_CAPTURE_UNSUPPORTED, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED",
     "operation not permitted when stream is capturing"},
    {CU_CAPTURE_INVALIDATED, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED",
     "operation failed due to a previous error during capture"},
};

static const char *word(int code, bool name)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (words[i].code == code)
			return name ? words[i].name : words[i].text;
	return NULL;
}

int cuGetErrorName(int code, const char **name)
{
	*name = word(code, true);
	return *name ? CU_OK : CU_INVALID_VALUE;
}

int cuGetErrorString(int code, const char **text)
{
	*text = word(code, false);
	return *text ? CU_OK : CU_INVALID_VALUE;
}

/* ---- cards ---- */

/* As the driver does: up to the first that there is not. */
static void look_for_cards(int n)
{
	const char *list = getenv("CUDA_VISIBLE_DEVICES");
	n_visible = 0;
	if (!list)
		while (n_visible < n) {
			visible[n_visible] = n_visible;
			n_visible++;
		}
	for (char *end; list && n_visible < MAX_CARDS; list = end + 1) {
		long k = strtol(list, &end, 10);
		if (end == list || (*end && *end != ',') || k < 0 || k >= n)
			break;
		visible[n_visible++] = (int)k;
		if (!*end)
			break;
	}
}

int cuInit(unsigned flags)
{
	pthread_mutex_lock(&lock);
	size_t n = standin_setting("THAW_STANDIN_CARDS", 2);
	if (!initialized)
		look_for_cards(n < MAX_CARDS ? (int)n : MAX_CARDS);
	int code = flags ? CU_INVALID_VALUE : n_visible ? CU_OK : CU_NO_DEVICE;
	initialized = initialized || !code;
	return standin_leave(code);
}

int cuDriverGetVersion(int *version)
{
	*version = (int)standin_setting("THAW_STANDIN_DRIVER", 13000);
	return CU_OK;
}

int cuDeviceGetCount(int *n)
{
	*n = initialized ? n_visible : 0;
	return initialized ? CU_OK : CU_NOT_INITIALIZED;
}

static int known(int device)
{
	return !initialized                        ? CU_NOT_INITIALIZED
	       : device < 0 || device >= n_visible ? CU_INVALID_DEVICE
						   : CU_OK;
}

int cuDeviceGet(int *device, int ordinal)
{
	*device = ordinal;
	return known(ordinal);
}

int cuDeviceGetName(char *name, int size, int device)
{
	snprintf(name, (size_t)size, "Stand-in card");
	return known(device);
}

int cuDeviceGetAttribute(int *value, int attribute, int device)
{
	static const struct {
		int attribute, value;
	} facts[] = {{1, 1024}, /* threads of a block */
		     {CU_ATTRIBUTE_MULTIPROCESSORS, MULTIPROCESSORS},
		     {CU_ATTRIBUTE_MAJOR, 9},
		     {CU_ATTRIBUTE_MINOR, 0}};
	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++)
		if (facts[i].attribute == attribute) {
			*value = facts[i].value;
			return known(device);
		}
	return CU_INVALID_VALUE;
}

int cuDeviceGetPCIBusId(char *id, int size, int device)
{
	int code = known(device);
	if (!code)
		snprintf(id, (size_t)size, "0000:%02X:00.0", 0x1b + visible[device]);
	return code;
}

int cuDevicePrimaryCtxRetain(struct cu_context **c, int device)
{
	pthread_mutex_lock(&lock);
	int code = known(device);
	if (!code) {
		struct cu_context *card = &cards[visible[device]];
		if (!card->memory) {
			card->ordinal = visible[device];
			card->memory = standin_setting("THAW_STANDIN_MEMORY", (size_t)2 << 30);
			card->taken = standin_setting("THAW_STANDIN_TAKEN", 0);
		}
		*c = card;
	}
	return standin_leave(code);
}

int cuCtxSetCurrent(struct cu_context *c)
{
	current = c;
	return initialized ? CU_OK : CU_NOT_INITIALIZED;
}

/* ---- memory ---- */

int cuMemGetInfo_v2(size_t *free_bytes, size_t *total)
{
	int code = standin_enter(QUEUES);
	if (!code) {
		*total = current->memory;
		*free_bytes = current->memory - current->taken - current->used;
	}
	return standin_leave(code);
}

int cuMemAlloc_v2(device_address *at, size_t bytes)
{
	int code = standin_enter(WAITS);
	if (!code)
		code = memory_alloc(current, bytes, at);
	return standin_leave(code);
}

int cuMemFree_v2(device_address at)
{
	int code = standin_enter(WAITS);
	if (!code)
		code = queue_drain_card(current);
	if (!code)
		code = memory_free(current, at);
	return standin_leave(code);
}

int cuMemHostAlloc(void **at, size_t bytes, unsigned flags)
{
	int code = standin_enter(WAITS);
	if (!code)
		code = flags > 7 ? CU_INVALID_VALUE : pinned_alloc(bytes, at);
	return standin_leave(code);
}

int cuMemFreeHost(void *at)
{
	int code = standin_enter(WAITS);
	if (!code)
		code = queue_drain_card(current);
	if (!code)
		code = pinned_free(at);
	return standin_leave(code);
}

/* ---- copies ---- */

/* `owned` are the bytes of memory that is not pinned, taken at the call. */
struct copy {
	void *to, *owned;
	const void *from;
	size_t bytes;
	unsigned char value;
};

static void touch(const struct copy *c)
{
	memory_touch(queue_running(), (uintptr_t)c->to);
	memory_touch(queue_running(), (uintptr_t)c->from);
}

static int run_copy(void *payload)
{
	const struct copy *c = payload;
	touch(c);
	memmove(c->to, c->from, c->bytes);
	return CU_OK;
}

static int run_set(void *payload)
{
	const struct copy *c = payload;
	touch(c);
	memset(c->to, c->value, c->bytes);
	return CU_OK;
}

static void drop_copy(void *payload)
{
	free(((struct copy *)payload)->owned);
}

static void *card_pointer(struct cu_stream *s, device_address at, size_t bytes)
{
	return s && memory_is_card(queue_card(s), at, bytes) ? (void *)(uintptr_t)at : NULL;
}

static int queue_copy(struct cu_stream *s, struct copy c, bool is_set)
{
	static const struct work copy = {run_copy, drop_copy}, set = {run_set, NULL};
	if (!c.bytes || !s || !c.to || (!is_set && !c.from)) {
		free(c.owned);
		return c.bytes ? CU_INVALID_VALUE : CU_OK;
	}
	return queue_add(s, is_set ? &set : &copy, &c, sizeof(c));
}

/* Memory that is not pinned is neither read nor written later, which a graph would have to do. */
static int refuse_pageable(struct cu_stream *s, const void *host, size_t bytes)
{
	return s && queue_records(s) && !pinned_has(host, bytes)
		   ? queue_refuse(s, CU_CAPTURE_UNSUPPORTED)
		   : CU_OK;
}

int cuMemcpyHtoDAsync_v2(device_address to, const void *from, size_t bytes, struct cu_stream *s)
{
	int code = standin_enter(QUEUES);
	struct copy c = {.to = card_pointer(s, to, bytes), .from = from, .bytes = bytes};
	if (!code)
		code = refuse_pageable(s, from, bytes);
	if (!code && from && !pinned_has(from, bytes)) {
		c.from = c.owned = malloc(bytes);
		memcpy(c.owned, from, bytes);
	}
	if (!code)
		code = queue_copy(s, c, false);
	return standin_leave(code);
}

int cuMemcpyDtoHAsync_v2(void *to, device_address from, size_t bytes, struct cu_stream *s)
{
	int code = standin_enter(QUEUES);
	struct copy c = {.to = to, .from = card_pointer(s, from, bytes), .bytes = bytes};
	if (!code)
		code = refuse_pageable(s, to, bytes);
	if (!code)
		code = queue_copy(s, c, false);
	if (!code && s && !pinned_has(to, bytes))
		code = queue_drain(s);
	return standin_leave(code);
}

int cuMemcpyDtoDAsync_v2(device_address to, device_address from, size_t bytes, struct cu_stream *s)
{
	int code = standin_enter(QUEUES);
	struct copy c = {
	    .to = card_pointer(s, to, bytes), .from = card_pointer(s, from, bytes), .bytes = bytes};
	if (!code)
		code = queue_copy(s, c, false);
	return standin_leave(code);
}

int cuMemsetD8Async(device_address to, unsigned char value, size_t n, struct cu_stream *s)
{
	int code = standin_enter(QUEUES);
	struct copy c = {.to = card_pointer(s, to, n), .bytes = n, .value = value};
	if (!code)
		code = queue_copy(s, c, true);
	return standin_leave(code);
}

/* ---- for cuDNN ---- */

int standin_queue(struct cu_stream *s, int (*run)(void *payload), const void *payload, size_t bytes)
{
	int code = standin_enter(QUEUES);
	if (!code)
		code = queue_add(s, &(struct work){run, NULL}, payload, bytes);
	return standin_leave(code);
}

void standin_open(void)
{
	memory_open(queue_running());
}

bool standin_is_card(struct cu_stream *s, const void *at, size_t bytes)
{
	pthread_mutex_lock(&lock);
	bool yes = memory_is_card(queue_card(s), (uintptr_t)at, bytes);
	pthread_mutex_unlock(&lock);
	return yes;
}
