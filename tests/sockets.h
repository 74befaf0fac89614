/* Sockets by their paths, as tests name them. */
#ifndef TESTS_SOCKETS_H
#define TESTS_SOCKETS_H

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/wire/control_client.h"
#include "thaw/wire/control_server.h"

#include <stdlib.h>

static inline enum err open_folder_of(struct folder *f, const char *path, struct errinfo *e)
{
	char *dir = path_dir(path);
	enum err r = folder_open(f, dir, e);
	free(dir);
	return r;
}

static inline enum err serve_at(struct control_server **out, const char *path, const char *run,
				struct errinfo *e)
{
	struct folder f;
	enum err r = open_folder_of(&f, path, e);
	if (!r)
		r = control_server_open(out, &f, path_base(path), run, e);
	folder_close(&f);
	return r;
}

static inline enum err connect_within(struct control_client **out, const char *path,
				      int timeout_ms, struct errinfo *e)
{
	struct folder f;
	enum err r = open_folder_of(&f, path, e);
	if (!r)
		r = control_client_open_within(out, &f, path_base(path), timeout_ms, e);
	folder_close(&f);
	return r;
}

static inline enum err connect_at(struct control_client **out, const char *path, struct errinfo *e)
{
	struct folder f;
	enum err r = open_folder_of(&f, path, e);
	if (!r)
		r = control_client_open(out, &f, path_base(path), e);
	folder_close(&f);
	return r;
}

#endif
