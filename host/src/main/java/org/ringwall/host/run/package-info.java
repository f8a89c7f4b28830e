/**
 * A command that runs in a cgroup of its own under a policy: {@code ringwall run}.
 *
 * <p>The command starts when the policy is in force, and its cgroup is removed after it.
 */
@NullMarked
package org.ringwall.host.run;

import org.jspecify.annotations.NullMarked;
