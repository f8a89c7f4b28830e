// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.model;

/** A choice about an apply that must be made explicitly. */
public enum ApplyChoice {
    /** Load and check the policy without attaching it. */
    DRY_RUN,
    /** Accept programs of other owners that can turn a denial into success. */
    ACCEPT_FOREIGN,
    /**
     * Run after programs that now run after the policy, where the kernel cannot keep the order or
     * one of them overrides verdicts.
     */
    ALLOW_REORDER,
    /**
     * Cover only the named cgroups, of those where the instance is in force. The policy ends at the
     * others when the old version does.
     */
    ONLY,
    /** Also cover cgroups that joined by themselves, whether they are named or not. */
    KEEP_JOINED,
    /** Use the new version's defaults for params to which no value is given. */
    RESET_PARAMS,
    /**
     * Leave out a cgroup where the policy is not in force yet if it is removed meanwhile or
     * something is in the way there, in place of refusing the others.
     */
    EACH_PLACE,
    /** End monitor mode as soon as the new version is in force. */
    ENFORCE,
    /** Accept a lower version of a signed bundle than the one applied before. */
    ALLOW_DOWNGRADE
}
