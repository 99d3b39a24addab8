# SPDX-License-Identifier: GPL-2.0-only
# -DSTATIC=ON: one binary that runs on a host without our libraries. Gives interloper_static, to be
# linked in place of PkgConfig::DEPS. Tests are built without it: cmocka has no archive.

set(archives)
set(absent)
# What libmicrohttpd refers to for TLS alone, which we do not use; not all of it has an archive.
set(tls gnutls atomic gmp unistring nettle hogweed tasn1 idn2 p11-kit)
foreach(library c ${DEPS_STATIC_LIBRARIES})
	if(library IN_LIST tls)
		continue()
	endif()
	find_library(STATIC_${library} lib${library}.a PATHS ${DEPS_STATIC_LIBRARY_DIRS})
	mark_as_advanced(STATIC_${library})
	if(STATIC_${library})
		list(APPEND archives ${STATIC_${library}})
	elseif(library STREQUAL udev)
		# hwloc asks udev about block devices only, which we never discover, and no
		# distribution has its archive.
		add_library(udev_absent STATIC ${CMAKE_CURRENT_LIST_DIR}/static/udev.c)
		list(APPEND archives udev_absent)
	elseif(library STREQUAL tracecmd)
		# No distribution has its archive: such a binary refuses trace.dat, and says why.
		add_library(tracecmd_absent STATIC ${CMAKE_CURRENT_LIST_DIR}/static/tracecmd.c)
		target_include_directories(tracecmd_absent SYSTEM PRIVATE
			${DEPS_STATIC_INCLUDE_DIRS})
		list(APPEND archives tracecmd_absent)
	else()
		list(APPEND absent lib${library}.a)
	endif()
endforeach()
add_library(gnutls_absent STATIC ${CMAKE_CURRENT_LIST_DIR}/static/gnutls.c)
list(APPEND archives gnutls_absent)
if(absent)
	list(REMOVE_DUPLICATES absent)
	list(JOIN absent ", " absent)
	message(FATAL_ERROR "-DSTATIC=ON needs archives that are not installed: ${absent}\n"
		"  Debian:  libbpf-dev libelf-dev zlib1g-dev libzstd-dev libhwloc-dev libjansson-dev\n"
		"           libprotobuf-c-dev libmicrohttpd-dev libtraceevent-dev libtracefs-dev\n"
		"           have them; what a package lacks must be built from source\n"
		"  Fedora:  glibc-static, zlib-ng-compat-static, ...; libelf, hwloc and jansson have none\n"
		"or build without -DSTATIC=ON.")
endif()

# Archives refer to each other in circles (libbpf, libelf, zlib): a group needs no order.
add_library(interloper_static INTERFACE)
target_include_directories(interloper_static SYSTEM INTERFACE ${DEPS_STATIC_INCLUDE_DIRS})
target_link_libraries(interloper_static INTERFACE -Wl,--start-group ${archives} -Wl,--end-group)
target_link_options(interloper_static INTERFACE -static)
