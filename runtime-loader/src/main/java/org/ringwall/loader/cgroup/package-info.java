/**
 * Control groups of version 2: their mounts, lookup, names, processes and removal.
 *
 * <p>Input: paths and process ids as users write them, and the contents of `/proc`. Output:
 * {@link org.ringwall.loader.model.Cgroup}s, or a
 * {@link org.ringwall.loader.model.CgroupException} that says what to write instead. It must not
 * know BPF.
 */
@NullMarked
package org.ringwall.loader.cgroup;

import org.jspecify.annotations.NullMarked;
