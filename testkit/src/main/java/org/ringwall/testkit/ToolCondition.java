// SPDX-License-Identifier: Apache-2.0
package org.ringwall.testkit;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** The condition under which a {@link ToolTest} runs. */
final class ToolCondition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        Optional<String> missing = AnnotationSupport.findAnnotation(context.getElement(), ToolTest.class).stream()
                .flatMap(test -> Arrays.stream(test.value()))
                .filter(tool -> Stream.of(tool.split("\\|", -1)).noneMatch(ToolCondition::exists))
                .findFirst();
        return Verdicts.of(Tier.TOOLS, missing.map(ToolCondition::absence));
    }

    private static String absence(String tool) {
        String names = "`" + tool.replace("|", "` or `") + "`";
        return tool.startsWith("/") ? "there is no " + names : names + " is not on the PATH";
    }

    private static boolean exists(String tool) {
        return tool.startsWith("/") ? Files.exists(Path.of(tool)) : onPath(tool);
    }

    static boolean onPath(String tool) {
        String path = System.getenv().getOrDefault("PATH", "") + File.pathSeparator + "/usr/sbin";
        return Stream.of(path.split(File.pathSeparator)).anyMatch(dir -> Files.isExecutable(Path.of(dir, tool)));
    }
}
