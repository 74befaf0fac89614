/* PyTorch as a peer: a child process that runs peer_torch.py and is asked for one thing at a time.
 *
 * A question is one line on its standard input, the answer one line on its standard output: "ok …",
 * or "error WHY", which ends the bench. Between questions it blocks in read(2).
 */
#ifndef THAW_TESTS_BENCH_TORCH_H
#define THAW_TESTS_BENCH_TORCH_H

struct torch;

/* Start it with the first of `python3` and `/usr/bin/python3` that can import torch; NULL when
 * neither can. */
struct torch *torch_open(int threads);
void torch_close(struct torch *t); /* NULL is allowed */

const char *torch_version(const struct torch *t);
const char *torch_python(const struct torch *t); /* the program that it runs in */

/* Ask, and wait for the answer: what follows "ok ", good until the next question. */
const char *torch_ask(struct torch *t, const char *question, ...)
    __attribute__((format(printf, 2, 3)));

/* The first number of the answer. */
double torch_number(struct torch *t, const char *question);

#endif
