/* PyTorch as a peer: a child process that runs one of the scripts here and is asked for one thing at
 * a time.
 *
 * A question is one line on its standard input, the answer one line on its standard output: "ok …",
 * or "error WHY", which ends the bench unless it was only tried. Between questions it blocks in
 * read(2).
 */
#ifndef THAW_TESTS_BENCH_TORCH_H
#define THAW_TESTS_BENCH_TORCH_H

#include <stdbool.h>

struct torch;

#define TORCH_CPU "tests/bench/peer_torch.py"
#define TORCH_CARD "tests/bench/peer_torch_gpu.py"

/* Start the script with the first of `python3` and `/usr/bin/python3` that can import torch; NULL
 * when neither can. */
struct torch *torch_open(const char *script, int threads);
void torch_close(struct torch *t); /* NULL is allowed */

const char *torch_version(const struct torch *t);
const char *torch_python(const struct torch *t); /* the program that it runs in */

/* Ask, and wait for the answer: what follows "ok ", good until the next question. */
const char *torch_ask(struct torch *t, const char *question, ...)
    __attribute__((format(printf, 2, 3)));

/* The same; false when the answer is "error WHY", and *text WHY. */
bool torch_try(struct torch *t, const char **text, const char *question, ...)
    __attribute__((format(printf, 3, 4)));

/* The first number of the answer. */
double torch_number(struct torch *t, const char *question);

#endif
