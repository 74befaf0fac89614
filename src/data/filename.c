#include "filename.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Left in folders by systems, file managers, storage boxes and archivers. A '*' at the
 * end stands for anything; case does not matter. */
static const char *const junk[] = {
    "__MACOSX", "._*", ".DS_Store", ".AppleDouble", ".Spotlight-V100", ".fseventsd", "Icon\r",
    ".Trash*", "Thumbs.db*", "ehthumbs*", "desktop.ini", "$RECYCLE.BIN",
    "System Volume Information", "@eaDir", "SYNOFILE_THUMB_*", "SYNOPHOTO_*", "SYNOINDEX_*",
    "#recycle", "#snapshot", "@Recycle", "@Recently-Snapshot", "@__thumb", "@tmp", "lost+found",
    "LOST.DIR", "FOUND.0*", ".thumbnails", ".thumbdata*", ".ipynb_checkpoints", "__pycache__",
    ".git", ".svn",
};

/* What people and programs leave beside pictures, half a download included. */
static const char *const company[] = {
    ".txt", ".md",  ".json", ".csv",  ".tsv", ".xml", ".yaml", ".yml",  ".html",
    ".htm", ".db",  ".ini",  ".log",  ".cfg", ".sh",  ".py",   ".sha1", ".md5",
    ".list", ".data", ".aae", ".xmp", ".tmp", ".part", ".partial", ".crdownload",
    ".download", ".opdownload", ".filepart", ".aria2", NULL,
};

static const char *const pictures[] = {
    ".jpg",  ".jpeg", ".jpe", ".jfif", ".png",  ".gif",  ".bmp",  ".tif", ".tiff", ".webp",
    ".heic", ".heif", ".avif", ".jp2", ".tga", ".psd", ".ppm", ".pgm", ".pnm", NULL,
};

static bool ends_in(const char *name, const char *const *endings)
{
	const char *dot = strrchr(name, '.');
	for (size_t i = 0; dot && endings[i]; i++)
		if (strcasecmp(dot, endings[i]) == 0)
			return true;
	return false;
}

static bool fits(const char *pattern, const char *name, size_t len)
{
	if (tolower((unsigned char)*pattern) != tolower((unsigned char)*name))
		return false;
	size_t head = strcspn(pattern, "*");
	if (head > len || strncasecmp(pattern, name, head) != 0)
		return false;
	return pattern[head] || len == head;
}

static bool is_junk(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(junk) / sizeof(*junk); i++)
		if (fits(junk[i], name, len))
			return true;
	return false;
}

bool filename_is_junk(const char *name)
{
	return name[0] == '.' || is_junk(name, strlen(name));
}

bool filename_is_company(const char *name)
{
	return ends_in(name, company);
}

bool filename_is_picture(const char *name)
{
	return ends_in(name, pictures);
}

bool path_is_junk(const char *path)
{
	for (const char *end; *path; path = *end ? end + 1 : end) {
		end = strchrnul(path, '/');
		if (is_junk(path, (size_t)(end - path)))
			return true;
	}
	return false;
}
