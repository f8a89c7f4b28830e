// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The condition under which a {@link VmTest} runs. */
final class VmCondition implements ExecutionCondition {
    private static final List<String> TOOLS = List.of("qemu-system-x86_64", "busybox", "cpio", "unshare");

    /** The paths at which distributions install virtiofsd, which need not be on the PATH. */
    private static final List<String> VIRTIOFSD =
            List.of("/usr/libexec/virtiofsd", "/usr/lib/qemu/virtiofsd", "/usr/bin/virtiofsd");

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return Verdicts.of(Tier.VM, missing());
    }

    private static Stream<String> tools() {
        boolean arm = GuestKernel.LINES.contains(GuestKernel.ARM64);
        return Stream.concat(TOOLS.stream(), arm ? Stream.of("qemu-system-aarch64") : Stream.empty());
    }

    private static Optional<String> missing() {
        boolean asked = Tier.VM.required()
                || !System.getProperty("ringwall.vm.tests", "").isBlank()
                || !System.getProperty("ringwall.vm.kernels", "").isBlank();
        if (!asked) {
            return Optional.of("it takes many minutes, so it runs when it is asked for: -Dringwall.require=vm");
        }
        if (!"root".equals(System.getProperty("user.name"))) {
            return Optional.of("the user is not root");
        }
        Optional<String> tool =
                tools().filter(name -> !ToolCondition.onPath(name)).findFirst();
        if (tool.isPresent()) {
            return tool.map(name -> "`" + name + "` is not on the PATH");
        }
        if (VIRTIOFSD.stream().map(Path::of).noneMatch(Files::isExecutable)) {
            return Optional.of("no virtiofsd");
        }
        return GuestKernel.LINES.stream()
                .filter(line -> GuestKernel.of(line).isEmpty())
                .findFirst()
                .map(line -> "no kernel " + line + " in `" + GuestKernel.FOLDER + "` (bash conformance/vm/kernels.sh"
                        + (line.equals(GuestKernel.ARM64) ? " --arm64)" : ")"));
    }
}
