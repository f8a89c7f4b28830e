// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.maven.artifact.Artifact;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;

/**
 * Writes an archive of the objects that the goal {@code compile} has made, with their sources and a
 * manifest. The same inputs give the same bytes. In a project of the packaging {@code wallpack} the
 * archive is the artifact.
 */
@Mojo(name = "package", defaultPhase = LifecyclePhase.PACKAGE, threadSafe = true)
public final class PackageMojo extends PolicyMojo {
    /** The packaging, the type of the artifact and its extension. */
    private static final String WALLPACK = "wallpack";

    /** The folder of objects. */
    @Parameter(defaultValue = "${project.build.directory}/ringwall", required = true)
    private File outputDirectory = new File("target/ringwall");

    /** The archive. */
    @Parameter(defaultValue = "${project.build.directory}/${project.build.finalName}.wallpack", required = true)
    private File archive = new File("target/policies.wallpack");

    @Parameter(defaultValue = "${project.artifact}", readonly = true, required = true)
    @SuppressWarnings("NullAway.Init")
    private Artifact artifact;

    @Parameter(defaultValue = "${project.packaging}", readonly = true, required = true)
    private String packaging = WALLPACK;

    @Override
    public void execute() throws MojoExecutionException, MojoFailureException {
        if (skipped()) {
            return;
        }
        Path objects =
                project().resolve(outputDirectory.toPath()).toAbsolutePath().normalize();
        List<Entry> policies = policies(objects);
        if (policies.isEmpty()) {
            throw new MojoFailureException("there are no objects in `" + objects
                    + "` to package; run the goal compile before, with a policy in `"
                    + sources().folder() + "`");
        }
        Path file = project().resolve(archive.toPath()).toAbsolutePath().normalize();
        try {
            byte[] content = new WallPack(artifact.getGroupId() + ":" + artifact.getArtifactId(), artifact.getVersion())
                    .of(sources(), objects, policies);
            if (!Files.isRegularFile(file) || !Arrays.equals(Files.readAllBytes(file), content)) {
                Files.createDirectories(file.getParent());
                Path part = file.resolveSibling(file.getFileName() + ".part");
                Files.write(part, content);
                Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException e) {
            throw Failures.cannot("write", file, e);
        }
        if (packaging.equals(WALLPACK)) {
            artifact.setFile(file.toFile());
        }
        getLog().info(policies.size() + (policies.size() == 1 ? " policy" : " policies") + " packaged in " + file);
    }

    /** Returns what all executions of the goal `compile` have written to the folder of objects. */
    private List<Entry> policies(Path objects) throws MojoExecutionException, MojoFailureException {
        List<Entry> policies = new ArrayList<>();
        Path folder = stamps(CompileMojo.GOAL);
        try (Stream<Path> stamps = Files.isDirectory(folder) ? Files.list(folder) : Stream.empty()) {
            for (Path stamp :
                    stamps.filter(file -> file.toString().endsWith(STAMP)).toList()) {
                for (Entry entry : Stamp.read(stamp).entries()) {
                    if (entry.kind() == Entry.Kind.POLICY
                            && entry.outputs().get(0).path().startsWith(objects)) {
                        refuseOutdated(entry);
                        policies.add(entry);
                    }
                }
            }
        } catch (IOException e) {
            throw Failures.cannot("read", folder, e);
        }
        policies.sort(Comparator.comparing(entry -> entry.outputs().get(0).path()));
        return policies;
    }

    private static void refuseOutdated(Entry entry) throws IOException, MojoFailureException {
        FileState object = entry.outputs().get(0);
        if (!object.untouched()) {
            throw new MojoFailureException("`" + object.path()
                    + "` is not the object that the goal compile wrote; run the goal again before this one");
        }
    }
}
