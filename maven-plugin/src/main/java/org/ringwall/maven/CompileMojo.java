// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.plugins.annotations.ResolutionScope;
import org.ringwall.compiler.api.RefusedFileException;

/**
 * Compiles every {@code *.wall} file of a folder to an object of the same name. An error in any
 * file fails the build, after the errors of all files have been reported. A policy is compiled
 * again only if it, a file that it includes, a setting or the version of the plugin has changed.
 */
@Mojo(
        name = "compile",
        defaultPhase = LifecyclePhase.GENERATE_SOURCES,
        requiresDependencyResolution = ResolutionScope.COMPILE,
        threadSafe = true)
public final class CompileMojo extends PolicyMojo {
    /** The goal, as stamps name it. */
    static final String GOAL = "compile";

    /**
     * The folder of objects, with the same subfolders as the policies. An object whose policy was
     * removed is deleted.
     */
    @Parameter(defaultValue = "${project.build.directory}/ringwall", required = true)
    private File outputDirectory = new File("target/ringwall");

    /**
     * Blocks that must not leave open a bypass that a policy could close, such as {@code egress}.
     * {@code egress:strict} also fails on bypasses that no policy could close. {@code packets}
     * names both blocks for packets. The requirement applies to every policy of the folder.
     */
    @Parameter(property = "ringwall.requireCovered")
    private List<String> requireCovered = new ArrayList<>();

    @Override
    public void execute() throws MojoExecutionException, MojoFailureException {
        if (skipped()) {
            return;
        }
        Path objects =
                project().resolve(outputDirectory.toPath()).toAbsolutePath().normalize();
        PolicyFolder folder = sources();
        Messages messages = messages();
        List<String> blocks = words(requireCovered);
        Sweep sweep = new Sweep(folder, options(), stamp(GOAL), key(objects, blocks), messages, compilations());
        boolean none = hasNoSources();
        if (!none) {
            refuseMissingSources();
            unpackDependencies(GOAL);
        }
        sweep.run(policy -> Coverage.reported(policy, blocks, messages)
                ? Optional.empty()
                : Optional.of(write(policy, objects.resolve(folder.stem(policy.file()) + ".o"))));
        if (none) {
            getLog().info("no policies to compile: `" + folder.folder() + "` does not exist");
            return;
        }
        if (sweep.removed() > 0) {
            getLog().info(sweep.removed() + (sweep.removed() == 1 ? " object" : " objects")
                    + " without a policy removed");
        }
        sweep.refuse();
        sweep.refuseUnusedParams();
        summary(sweep, folder, objects);
    }

    private void summary(Sweep sweep, PolicyFolder folder, Path objects) {
        if (sweep.good() == 0) {
            getLog().warn("there is no policy in `" + folder.folder() + "`; the names of policies end with .wall");
        } else if (sweep.worked() == 0) {
            getLog().info("Nothing to compile - all objects are up to date");
        } else {
            int count = sweep.worked();
            getLog().info(count + (count == 1 ? " policy" : " policies") + " compiled to " + objects);
        }
    }

    private static Sweep.Done write(Compiled compiled, Path object)
            throws MojoExecutionException, MojoFailureException {
        try {
            Files.createDirectories(object.getParent());
            compiled.policy().writeObject(object);
        } catch (RefusedFileException e) {
            throw new MojoFailureException(
                    "cannot write `" + object + "`: " + e.getMessage()
                            + "; remove it, or name another folder as outputDirectory",
                    e);
        } catch (IOException e) {
            throw Failures.cannot("write", object, e);
        }
        return new Sweep.Done(List.of(object), Map.of());
    }
}
