// SPDX-License-Identifier: Apache-2.0
/**
 * The delegation of BPF from root to a user, by BPF tokens.
 *
 * <p>Input: a user, and a cgroup. Output: a user namespace, a bpffs and a cgroup that belong to the
 * user, and the host as this user may change it. It must not know the command line or policies.
 */
@NullMarked
package org.ringwall.host.delegation;

import org.jspecify.annotations.NullMarked;
