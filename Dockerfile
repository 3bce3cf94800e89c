FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json tsconfig.json tsconfig.build.json tsconfig.client.json ./
RUN npm ci --no-audit --no-fund
COPY scripts scripts
COPY docs docs
COPY src src
RUN npm run build && rm -r dist/modules && npm prune --omit=dev

FROM node:22-slim
# Beyond loopback it starts only once there is an API key (node dist/commands/keys.js create …) or JWTs are set up.
ENV NODE_ENV=production HOST=0.0.0.0 DATABASE_URL=file:/data/integration.db
WORKDIR /app
RUN mkdir /data && chown node:node /data
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
USER node
VOLUME /data
EXPOSE 3001
CMD ["node", "dist/main.js"]
