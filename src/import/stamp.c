#include "stamp.h"

#include <sys/stat.h>

void stamp_add(struct import_stamp *to, const char *path)
{
	struct stat st;
	if (stat(path, &st) != 0)
		return;
	int64_t changed = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
	to->bytes += st.st_size;
	to->changed_ms = changed > to->changed_ms ? changed : to->changed_ms;
}
