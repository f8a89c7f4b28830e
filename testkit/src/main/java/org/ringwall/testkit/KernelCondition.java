// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The condition under which a {@link KernelTest} runs. */
final class KernelCondition implements ExecutionCondition {
    /** The programs that make system calls in cgroups and namespaces. */
    private static final List<String> PROGRAMS =
            List.of("python3", "sh", "kill", "mount", "unshare", "setpriv", "nsenter");

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return Verdicts.of(Tier.KERNEL, missing());
    }

    private static Optional<String> missing() {
        if (!"root".equals(System.getProperty("user.name"))) {
            return Optional.of("the user is not root");
        }
        List<String> mounts = mounts();
        if (mounts.stream().noneMatch(line -> line.contains(" - cgroup2 "))) {
            return Optional.of("no cgroup2 mount");
        }
        if (mounts.stream().noneMatch(line -> line.contains(" - bpf "))) {
            return Optional.of("no bpffs (mount -t bpf bpf /sys/fs/bpf)");
        }
        return PROGRAMS.stream()
                .filter(name -> !ToolCondition.onPath(name))
                .findFirst()
                .map(name -> "`" + name + "` is not on the PATH");
    }

    private static List<String> mounts() {
        Path mountinfo = Path.of("/proc/self/mountinfo");
        if (!Files.isReadable(mountinfo)) {
            return List.of();
        }
        try {
            return Files.readAllLines(mountinfo);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
