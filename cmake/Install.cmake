# SPDX-License-Identifier: GPL-2.0-only
# cmake --install: the binary, its man page, bash completion, the systemd unit, documents and examples.

if(TARGET interloper)
	install(TARGETS interloper RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
file(GLOB man_pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/*.1)
install(FILES ${man_pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${PROJECT_SOURCE_DIR}/completion/interloper.bash RENAME interloper
	DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions OPTIONAL)
file(GLOB documents CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/*.md)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${documents} DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)

# systemd looks in /usr/local/lib as well as in /usr/lib; never in a lib64.
configure_file(${PROJECT_SOURCE_DIR}/contrib/systemd/interloper.service.in
	${PROJECT_BINARY_DIR}/interloper.service @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/interloper.service DESTINATION lib/systemd/system)
install(FILES ${PROJECT_SOURCE_DIR}/contrib/prometheus/interloper.rules.yml
	${PROJECT_SOURCE_DIR}/contrib/prometheus/interloper.test.yml
	${PROJECT_SOURCE_DIR}/contrib/grafana/interloper.json
	DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
