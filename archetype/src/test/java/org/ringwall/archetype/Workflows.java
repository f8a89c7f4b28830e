// SPDX-License-Identifier: Apache-2.0
package org.ringwall.archetype;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.ringwall.compiler.cli.Ringwallc;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The commands of the workflows of a generated project, run as a CI server would. */
public final class Workflows {
    private static final String PASSPHRASE = "correct horse";

    private final Path project;
    private final Path temporary;
    private final Map<String, String> maven;

    private Workflows(Path project, Path settings, Path repository) throws IOException {
        this.project = project;
        this.temporary = Files.createDirectories(project.resolveSibling("runner"));
        this.maven = Map.of("MAVEN_ARGS", "-s " + settings + " -Dmaven.repo.local=" + repository);
    }

    /**
     * Runs the commands of both workflows without a network, and checks what they refuse.
     *
     * @param project the generated project, in a folder of a project that the invoker has cloned;
     *     the settings beside it have a mirror in a folder
     * @param repository the local repository of Maven
     */
    public static void run(File project, File repository) throws IOException, InterruptedException {
        Path folder = project.toPath().toAbsolutePath();
        Path settings = folder.resolve("../../../interpolated-settings.xml").normalize();
        Workflows workflows = new Workflows(folder, settings, repository.toPath());
        assertThat(folder.resolve(".gitignore")).content().contains("target/\n", "*.pem\n", "passphrase\n");
        workflows.keys();
        workflows.github();
        workflows.gitlab();
        workflows.refusals();
    }

    private void keys() throws IOException {
        for (String name : List.of("passphrase", "release.pem", "release.pub")) {
            Files.deleteIfExists(temporary.resolve(name));
        }
        Files.writeString(temporary.resolve("passphrase"), PASSPHRASE + "\n");
        assertThat(ringwallc(
                        "keygen",
                        "--out",
                        temporary.resolve("release").toString(),
                        "--passphrase-file",
                        temporary.resolve("passphrase").toString()))
                .isZero();
    }

    private static int ringwallc(String... arguments) {
        return Ringwallc.run(new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()), arguments);
    }

    private void github() throws IOException, InterruptedException {
        Map<?, ?> workflow = yaml(".github/workflows/policies.yml");
        assertThat(workflow.get("permissions")).isEqualTo(Map.of("contents", "read"));
        assertThat(map(member(workflow, "on")).containsKey("pull_request")).isTrue();
        Map<?, ?> jobs = map(member(workflow, "jobs"));
        assertThat(steps(jobs, "check")).as("no secrets").noneMatch(step -> step.containsKey("env"));
        for (Map<?, ?> step : steps(jobs, "check")) {
            command(step).ifPresent(command -> succeeds(command, Map.of()));
        }
        assertThat(member(jobs, "deploy", "if")).isEqualTo("github.event_name == 'push'");
        assertThat(steps(jobs, "deploy")).as("no cache").noneMatch(Workflows::restoresFiles);
        assertThat(steps(jobs, "check")).as("a cache").anyMatch(Workflows::restoresFiles);
        Path runner = Files.createDirectories(temporary.resolve("github"));
        Path target = temporary.resolve("github-repository");
        Map<String, String> values = Map.of(
                "SIGNING_KEY",
                Files.readString(temporary.resolve("release.pem")),
                "RINGWALL_PASSPHRASE",
                PASSPHRASE,
                "DEPLOY_URL",
                "file:" + target,
                "DEPLOY_USER",
                "",
                "DEPLOY_PASSWORD",
                "",
                "RUNNER_TEMP",
                runner.toString());
        for (Map<?, ?> step : steps(jobs, "deploy")) {
            if (step.containsKey("env")) {
                map(member(step, "env"))
                        .keySet()
                        .forEach(name -> assertThat(values).containsKey((String) name));
            }
            command(step).ifPresent(command -> succeeds(command, values));
        }
        try (Stream<Path> left = Files.list(runner)) {
            assertThat(left).as("the key is removed").isEmpty();
        }
        isSigned(target);
    }

    private void gitlab() throws IOException, InterruptedException {
        Map<?, ?> workflow = yaml(".gitlab-ci.yml");
        // Both are inherited by every job.
        assertThat(workflow.containsKey("cache")).isFalse();
        assertThat(workflow.containsKey("default")).isFalse();
        assertThat(member(workflow, "deploy", "cache")).isEqualTo(List.of());
        assertThat(member(workflow, "deploy", "needs")).isEqualTo(List.of(Map.of("job", "check", "artifacts", false)));
        for (Object command : (List<?>) member(workflow, "check", "script")) {
            succeeds((String) command, Map.of());
        }
        Path target = temporary.resolve("gitlab-repository");
        for (Object command : (List<?>) member(workflow, "deploy", "script")) {
            succeeds(
                    (String) command,
                    Map.of(
                            "SIGNING_KEY",
                            temporary.resolve("release.pem").toString(),
                            "RINGWALL_PASSPHRASE",
                            PASSPHRASE,
                            "DEPLOY_URL",
                            "file:" + target));
        }
        isSigned(target);
    }

    /** Returns whether a step has files that another run or job left. */
    private static boolean restoresFiles(Map<?, ?> step) {
        String action = String.valueOf(step.get("uses"));
        boolean caches = step.get("with") instanceof Map<?, ?> options && options.containsKey("cache");
        return caches || action.startsWith("actions/cache") || action.startsWith("actions/download-artifact");
    }

    private void isSigned(Path repository) {
        Path bundle = repository.resolve("org/example/net/policies/1.2.3/policies-1.2.3.wallpack");
        assertThat(bundle).exists();
        assertThat(ringwallc(
                        "verify",
                        bundle.toString(),
                        "--public-key",
                        temporary.resolve("release.pub").toString()))
                .isZero();
    }

    /** Checks that the commands for pull requests refuse changes that weaken a policy. */
    private void refusals() throws IOException, InterruptedException {
        Path policy = project.resolve("src/main/wall/agent.wall");
        String text = Files.readString(policy);
        try {
            Files.writeString(policy, text.replace("deny if source_routed", "deny if source_routed and proto == udp"));
            assertThat(check()).contains("`egress` is not covered", "source-route");
            Files.writeString(policy, text.replace("remote.port == 443", "remote.port in { 80, 443 }"));
            assertThat(check())
                    .contains("agent.wall:[37,3] test \"services of this network\"", "There are test failures");
            Files.writeString(policy, text.replace("remote.port == 443", "remote.port in { 443, 444 }"));
            assertThat(check()).contains("the reach of the policy has changed");
        } finally {
            Files.writeString(policy, text);
        }
    }

    /** Runs the commands for pull requests until one fails, and returns its output. */
    private String check() throws IOException, InterruptedException {
        Map<?, ?> jobs = map(member(yaml(".github/workflows/policies.yml"), "jobs"));
        for (Map<?, ?> step : steps(jobs, "check")) {
            Optional<String> command = command(step);
            if (command.isPresent()) {
                Result result = run(command.get(), Map.of());
                if (result.status != 0) {
                    return result.output;
                }
            }
        }
        throw new AssertionError("the workflow accepted the change");
    }

    private Map<?, ?> yaml(String file) throws IOException {
        Load load = new Load(LoadSettings.builder().build());
        return map(load.loadFromString(Files.readString(project.resolve(file))));
    }

    private static Map<?, ?> map(Object value) {
        return (Map<?, ?>) value;
    }

    /** Returns the value at a path of keys, which exists. */
    private static Object member(Map<?, ?> map, String... path) {
        Object value = map;
        for (String key : path) {
            value = Objects.requireNonNull(map(value).get(key), key);
        }
        return value;
    }

    private static List<Map<?, ?>> steps(Map<?, ?> jobs, String job) {
        List<Map<?, ?>> steps = new ArrayList<>();
        ((List<?>) member(jobs, job, "steps")).forEach(step -> steps.add(map(step)));
        return steps;
    }

    private static Optional<String> command(Map<?, ?> step) {
        return Optional.ofNullable((String) step.get("run"));
    }

    private record Result(int status, String output) {}

    private void succeeds(String command, Map<String, String> values) {
        try {
            Result result = run(command, values);
            assertThat(result.status).as("%s\n%s", command, result.output).isZero();
            assertThat(result.output).doesNotContain(PASSPHRASE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private Result run(String command, Map<String, String> values) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("bash", "-e", "-c", command)
                .directory(project.toFile())
                .redirectErrorStream(true);
        Map<String, String> environment = new HashMap<>(maven);
        environment.putAll(values);
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }
}
