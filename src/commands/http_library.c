// SPDX-License-Identifier: GPL-2.0-only
/* libmicrohttpd, loaded once it is needed: see http_library.h. */
#include "commands/http_library.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#ifdef INTERLOPER_STATIC

const struct http_library *http_library_load(const char **why)
{
#define LINKED(name) .name = MHD_##name,
	static const struct http_library library = { HTTP_LIBRARY_FUNCTIONS(LINKED) };
#undef LINKED

	*why = "";
	return &library;
}

#else

/* Since 2013; MHD_start_daemon()'s options only ever became more. */
#define LIBRARY	       "libmicrohttpd.so.12"

static const struct {
	const char *name;
	size_t at;
} functions[] = {
#define FUNCTION(name) { "MHD_" #name, offsetof(struct http_library, name) },
	HTTP_LIBRARY_FUNCTIONS(FUNCTION)
#undef FUNCTION
};

const struct http_library *http_library_load(const char **why)
{
	static struct http_library library;
	void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL), *function;

	for (size_t i = 0; handle && i < sizeof(functions) / sizeof(*functions); i++) {
		function = dlsym(handle, functions[i].name);
		if (!function)
			handle = NULL;
		else
			memcpy((char *)&library + functions[i].at, &function, sizeof(function));
	}
	*why = handle ? "" : dlerror();
	return handle ? &library : NULL;
}

#endif
