# The same files as the npm package, the dependencies they need, and nothing else; runs as an unprivileged user.
# Debian and not Alpine: the native argon2 and the embedded database are tested on glibc.

FROM node:24-slim AS package
WORKDIR /source
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
# Packing runs the script `prepare`, which builds what has to be built.
RUN npm pack --pack-destination /tmp \
  && mkdir /package \
  && tar -xzf /tmp/fiko-sync-*.tgz --strip-components=1 -C /package

FROM node:24-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The Node that comes with the packages is for machines with an older one: this image has its own.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/node-linux-* node_modules/node-win-*

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data
WORKDIR /app
COPY --from=modules /app/node_modules node_modules
COPY --from=package /package ./
# Made by `prepare`, too. It is not in the package, whose bytes depend on nothing but the sources.
COPY --from=package /source/server/new-database server/new-database
RUN install -d -o node -g node -m 700 /data
USER node
VOLUME /data
EXPOSE 8787
# /readyz and not /healthz, which a process answers whose database answers nothing any more. The 8 s are more than the 5 s after which
# /readyz says so.
HEALTHCHECK --interval=15s --timeout=8s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8787}/readyz`, { signal: AbortSignal.timeout(7000) }).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/fiko.mjs"]
CMD ["serve"]
