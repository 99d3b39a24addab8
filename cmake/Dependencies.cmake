# SPDX-License-Identifier: GPL-2.0-only
# Finds all that the build needs, and tells everything that is missing in one error, with the names
# of the packages that bring it. Gives PkgConfig::DEPS, PkgConfig::CMOCKA and the BPF tools.

set(missing_what)
set(missing_debian)
set(missing_fedora)

function(dependency_missing what debian fedora)
	foreach(list what debian fedora)
		list(APPEND missing_${list} ${${list}})
		set(missing_${list} ${missing_${list}} PARENT_SCOPE)
	endforeach()
endfunction()

include(CheckFunctionExists)
include(CheckIncludeFile)
include(${CMAKE_CURRENT_LIST_DIR}/BpfObject.cmake)

find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
	# One by one, so that all which are missing are named.
	macro(dependency_module prefix spec debian fedora)
		pkg_check_modules(${prefix} QUIET ${spec})
		if(NOT ${prefix}_FOUND)
			dependency_missing("${spec}" ${debian} ${fedora})
		endif()
	endmacro()
	dependency_module(LIBBPF "libbpf>=1.1" libbpf-dev libbpf-devel)
	dependency_module(LIBELF libelf libelf-dev elfutils-libelf-devel)
	dependency_module(ZLIB zlib zlib1g-dev zlib-devel)
	dependency_module(ZSTD libzstd libzstd-dev libzstd-devel)
	dependency_module(HWLOC hwloc libhwloc-dev hwloc-devel)
	dependency_module(JANSSON jansson libjansson-dev jansson-devel)
	dependency_module(PROTOBUF_C libprotobuf-c libprotobuf-c-dev protobuf-c-devel)
	dependency_module(MICROHTTPD "libmicrohttpd>=0.9.71" libmicrohttpd-dev libmicrohttpd-devel)
	dependency_module(TRACEEVENT libtraceevent libtraceevent-dev libtraceevent-devel)
	# Debian's libtracecmd-dev needs it, and does not bring it.
	dependency_module(TRACEFS libtracefs libtracefs-dev libtracefs-devel)
	dependency_module(TRACECMD libtracecmd libtracecmd-dev trace-cmd-devel)
	if(BUILD_TESTING)
		dependency_module(CMOCKA_FOUND_BY cmocka libcmocka-dev libcmocka-devel)
	endif()
else()
	dependency_missing("pkg-config" pkg-config pkgconf-pkg-config)
endif()
check_include_file(argp.h HAVE_ARGP)
if(NOT HAVE_ARGP)
	dependency_missing("argp.h (glibc)" libc6-dev glibc-headers)
endif()
find_program(PROTOC_C protoc-c)
mark_as_advanced(PROTOC_C)
if(NOT PROTOC_C)
	dependency_missing("protoc-c" protobuf-c-compiler protobuf-c-compiler)
endif()
if(NOT BPF_CLANG)
	dependency_missing("clang>=${BPF_CLANG_MIN}" clang clang)
endif()
if(NOT BPFTOOL)
	dependency_missing("bpftool" bpftool bpftool)
endif()

if(missing_what)
	list(JOIN missing_what ", " missing_what)
	list(JOIN missing_debian " " missing_debian)
	list(JOIN missing_fedora " " missing_fedora)
	message(FATAL_ERROR "missing: ${missing_what}\n"
		"  Debian:  apt install ${missing_debian}\n"
		"  Ubuntu:  the same; bpftool is in linux-tools-common and linux-tools-generic\n"
		"  Fedora:  dnf install ${missing_fedora}\n"
		"or run scripts/setup, which installs them.")
endif()

pkg_check_modules(DEPS QUIET REQUIRED IMPORTED_TARGET "libbpf>=1.1" libelf zlib libzstd hwloc
	jansson libprotobuf-c "libmicrohttpd>=0.9.71" libtraceevent libtracecmd)
if(BUILD_TESTING)
	pkg_check_modules(CMOCKA QUIET REQUIRED IMPORTED_TARGET cmocka)
endif()
