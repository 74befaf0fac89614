#include "thaw/base/person.h"

#include "thaw/base/alloc.h"

#include <pwd.h>
#include <string.h>
#include <unistd.h>

char *person_here(void)
{
	char host[256] = "";
	const struct passwd *user = getpwuid(geteuid());
	if (gethostname(host, sizeof(host) - 1) != 0 || !*host)
		strcpy(host, "localhost");
	host[strcspn(host, ".")] = '\0';
	return user ? xasprintf("%s@%s", user->pw_name, host)
		    : xasprintf("user %lu@%s", (unsigned long)geteuid(), host);
}
