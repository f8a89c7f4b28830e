// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.programs;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.loader.state.Variables;
import org.ringwall.sys.Fd;

/**
 * The hooks at which a policy writes what later programs see, as its object declares them
 * (docs/abi.md section 1).
 *
 * @param hooks empty if the object declares nothing
 */
public record PolicyWrites(Optional<Set<String>> hooks) {
    public static PolicyWrites of(PolicyObject policy) {
        return policy.plain()
                ? new PolicyWrites(Optional.empty())
                : of(Variables.of(policy.section(PolicyObject.RODATA)));
    }

    /** Reads the declaration of a pinned generation. */
    public static PolicyWrites of(Bpf bpf, InstanceFolder folder, int generation) {
        try (Fd rodata = bpf.objGet(folder.generation(generation).resolve(InstanceFolder.RODATA))) {
            return of(Variables.of(bpf, rodata));
        } catch (KernelRefusedException e) {
            if (!e.errno().is(Errno.ENOENT)) {
                throw e;
            }
            return new PolicyWrites(Optional.empty());
        }
    }

    private static PolicyWrites of(Map<String, String> texts) {
        return new PolicyWrites(Optional.ofNullable(texts.get(StateNames.WRITES))
                .map(text -> Arrays.stream(text.split(" ")).collect(Collectors.toSet())));
    }

    /**
     * Returns whether the policy may write at a hook. Without a declaration it may write wherever
     * programs can.
     */
    public boolean at(Hook hook) {
        return hooks.map(known -> known.contains(hook.word()))
                .orElseGet(() -> !hook.writable().isEmpty());
    }
}
