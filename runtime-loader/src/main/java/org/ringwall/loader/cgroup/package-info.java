/**
 * Control groups of version 2: where they are mounted, which one is meant, what runs in it, and its end.
 *
 * <p>Comes in: paths and process ids as people write them, and what `/proc` says. Goes out: {@link
 * org.ringwall.loader.cgroup.Cgroup}s, or a {@link org.ringwall.loader.cgroup.CgroupException} that says what to write instead.
 * Must not know BPF.
 */
@NullMarked
package org.ringwall.loader.cgroup;

import org.jspecify.annotations.NullMarked;
