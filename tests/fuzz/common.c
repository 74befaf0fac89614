#include "fuzz.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"

#include <fcntl.h>
#include <ftw.h>
#include <unistd.h>

static char dir[64];
static pid_t owner;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void remove_dir(void)
{
	if (getpid() == owner)
		nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *fuzz_path(const char *name)
{
	enum { MOST = 8 };
	static char *paths[MOST];
	if (!*dir) {
		strcpy(dir, access("/dev/shm", W_OK) == 0 ? "/dev/shm/thaw-fuzz-XXXXXX"
							  : "/tmp/thaw-fuzz-XXXXXX");
		FUZZ_TRUE(mkdtemp(dir));
		owner = getpid();
		atexit(remove_dir);
	}
	int i = 0;
	while (i < MOST && paths[i] && strcmp(path_base(paths[i]), name) != 0)
		i++;
	FUZZ_TRUE(i < MOST);
	if (!paths[i])
		paths[i] = path_join(dir, name);
	return paths[i];
}

const char *fuzz_file(const char *name, const uint8_t *data, size_t size)
{
	const char *path = fuzz_path(name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FUZZ_TRUE(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
	return path;
}

char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = xmalloc(size + 1);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

struct fuzz_part fuzz_part(const uint8_t **data, size_t *size)
{
	const uint8_t *nul = *size ? memchr(*data, 0, *size) : NULL;
	struct fuzz_part part = {*data, nul ? (size_t)(nul - *data) : *size};
	size_t used = part.size + (nul != NULL);
	*data += used;
	*size -= used;
	return part;
}
