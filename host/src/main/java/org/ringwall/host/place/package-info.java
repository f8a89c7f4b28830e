/**
 * The ways in which operators and container runtimes name cgroups: paths and units with wildcards,
 * fields of a runtime's configuration, and labels that a path shows.
 *
 * <p>The input is text and directories below a mount of cgroup2. The package must not know
 * policies.
 */
@NullMarked
package org.ringwall.host.place;

import org.jspecify.annotations.NullMarked;
